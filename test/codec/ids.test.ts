import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { SensorReading } from '../../src/catalogue/events.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { derivedId } from '../../src/codec/event-id.ts';
import { uuidsIn } from '../../src/codec/name-based-uuid.ts';
import { derivedSchemaIds, schemaIdsFromEnvironment } from '../../src/codec/schema-ids.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const uuid = 'c0ffee00-1111-4222-8333-444455556666';
const version = { subject: 'SensorReading', version: 1, canonicalForm: '{"type":"record"}' };

describe('name-based UUIDs', () => {
  test('are those of RFC 9562', () => {
    expect(uuidsIn('6ba7b810-9dad-11d1-80b4-00c04fd430c8')('www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });
});

describe('ids of derived events', () => {
  test('are the same for the same source, consumer and place, and others otherwise', () => {
    const ids = [
      derivedId('a', 'telemetry-cleaner', 0),
      derivedId('a', 'telemetry-cleaner', 1),
      derivedId('a', 'alert-evaluator', 0),
      derivedId('b', 'telemetry-cleaner', 0),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(derivedId('a', 'telemetry-cleaner', 0)).toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('never change, for records of yesterday are compared with them', () => {
    expect(derivedId('8f0e3a3c', 'telemetry-cleaner', 3)).toBe(expectedV5('8f0e3a3c\ntelemetry-cleaner\n3'));
  });
});

describe('schema ids', () => {
  const reading: SensorReading = { sensorId: 's', time: 't', sequence: null, metric: 'm', value: 1, unit: 'C' };

  test('are derived from the canonical form, and 31 bits for Confluent', () => {
    expect(derivedSchemaIds.glueId(version)).toBe(derivedSchemaIds.glueId({ ...version, subject: 'Other' }));
    expect(derivedSchemaIds.glueId(version)).not.toBe(derivedSchemaIds.glueId({ ...version, canonicalForm: '{}' }));
    const id = derivedSchemaIds.confluentId(version);
    expect(Number.isInteger(id) && id >= 0 && id < 2 ** 31).toBe(true);
  });

  test('of the environment stand in frames, and both kinds are read', () => {
    const deployed = makeCodec(schemaIdsFromEnvironment({ EVENT_BUS_SCHEMA_IDS: `{"SensorReading/v1":"${uuid}"}` }));
    const bytes = deployed.encode('SensorReading', reading);
    expect(bytes.toString('hex', 2, 18)).toBe(uuid.replaceAll('-', ''));
    expect(deployed.decode('SensorReading', bytes).value).toEqual(reading);
    expect(deployed.decode('SensorReading', makeCodec().encode('SensorReading', reading)).value).toEqual(reading);
  });

  test('keep the derived id where the environment names none', () => {
    const ids = schemaIdsFromEnvironment({ EVENT_BUS_SCHEMA_IDS: `{"Alert/v1":"${uuid}"}` });
    expect(ids.glueId(version)).toBe(derivedSchemaIds.glueId(version));
    expect(schemaIdsFromEnvironment({})).toBe(derivedSchemaIds);
    expect(schemaIdsFromEnvironment({ EVENT_BUS_SCHEMA_IDS: '' })).toBe(derivedSchemaIds);
  });

  test.each(['no json', '[]', '3', '{"Alert":"x"}', '{"Alert/v1":"x"}', '{"Alert/v1":5}', `{"Alert/v0":"${uuid}"}`])(
    'are refused when the environment says %s',
    (text) => {
      const error = codedErrorOf(() => schemaIdsFromEnvironment({ EVENT_BUS_SCHEMA_IDS: text }));
      expect(error.code).toBe('EVENTBUS_CODEC_SCHEMA_IDS_INVALID');
    },
  );
});

/** The same computation, written again. */
function expectedV5(name: string): string {
  const namespace = Buffer.from('8f0e3a3c5d0b5c4e9d552b7f5a1c6e90', 'hex');
  const hash = createHash('sha1')
    .update(Buffer.concat([namespace, Buffer.from(name)]))
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
