import { describe, expect, test } from '@jest/globals';
import { ingestRules } from '../../src/catalogue/ingest-rules.ts';
import { routesOf } from '../../src/catalogue/lookup.ts';
import { bindRule, isDeviceId, topicOf } from '../../src/core/routing.ts';

const facts = { uuid: '6f0f0c6e-8f3a-4b0e-9d55-000000000001', receivedAt: '2026-11-01T10:00:00.123Z' };

describe('the rules of a route', () => {
  const [json, avro] = routesOf('mqtt').flatMap(ingestRules);

  test('are the templates that an IoT topic rule takes', () => {
    expect(json).toEqual({
      name: 'vehicle_telemetry',
      filter: 'fleet/+/telemetry',
      topic: 'telemetry.raw.v1',
      key: '${topic(2)}',
      headers: [
        { key: 'ce_specversion', value: '1.0' },
        { key: 'ce_id', value: '${newuuid()}' },
        { key: 'ce_source', value: '//mqtt/${topic(2)}' },
        { key: 'ce_type', value: 'vehicle.telemetry.reported' },
        { key: 'ce_time', value: `\${parse_time("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", timestamp(), "UTC")}` },
        { key: 'ce_subject', value: '${topic(2)}' },
        { key: 'content-type', value: 'application/json' },
      ],
    });
    expect(avro).toMatchObject({ name: 'vehicle_telemetry_avro', filter: 'fleet/+/telemetry/avro' });
    expect(avro?.headers.at(-1)).toEqual({ key: 'content-type', value: 'application/avro' });
  });

  test('have names that AWS IoT accepts, each its own', () => {
    const names = routesOf('mqtt')
      .flatMap(ingestRules)
      .map((rule) => rule.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_]+$/);
  });

  test('of the whole catalogue can be evaluated here', () => {
    for (const rule of routesOf('mqtt').flatMap(ingestRules)) {
      const bound = bindRule(rule, 'device-1');
      expect(bound).toMatchObject({ key: 'device-1', topic: rule.topic });
      expect(bound.headersOf(facts)).toMatchObject({
        ce_id: facts.uuid,
        ce_time: facts.receivedAt,
        ce_subject: 'device-1',
      });
    }
  });
});

const rule = (value: string, key = '${topic(2)}') => ({
  name: 'r',
  filter: 'a/+/b',
  topic: 't',
  key,
  headers: [{ key: 'h', value }],
});

describe('a template', () => {
  test.each([
    ['plain', 'plain'],
    ['${clientid()}', 'd-1'],
    ['${topic(1)}/${topic(3)}/${topic(9)}', 'a/b/'],
    ['<${newuuid()}|${topic(2)}>', `<${facts.uuid}|d-1>`],
  ])('%s is evaluated', (template, expected) => {
    expect(bindRule(rule(template), 'd-1').headersOf(facts)).toEqual({ h: expected });
  });

  test('with another expression is refused when it is bound', () => {
    expect(() => bindRule(rule('${get_secret("x")}'), 'd-1')).toThrow('get_secret');
    expect(() => bindRule(rule('x', '${newuuid()}'), 'd-1')).toThrow('varies from message to message');
  });
});

describe('a device id', () => {
  test.each(['car-1', 'site:7_B', 'x'.repeat(128), '0'])('%s is usable', (text) => {
    expect(isDeviceId(text)).toBe(true);
  });

  test.each(['', 'a/b', '+', '#', 'a b', 'ä', 'x'.repeat(129), 'a\n', '$SYS', 'a.b'])('%j is not usable', (text) => {
    expect(isDeviceId(text)).toBe(false);
  });

  test('takes the place of the plus sign', () => {
    expect(topicOf('fleet/+/commands', 'car-1')).toBe('fleet/car-1/commands');
  });
});
