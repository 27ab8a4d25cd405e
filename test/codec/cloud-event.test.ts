import { describe, expect, test } from '@jest/globals';
import { fromHeaders, toHeaders } from '../../src/codec/cloud-event.ts';
import { fromHeaderList, fromLambdaHeaders } from '../../src/codec/header-bytes.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const attributes = {
  id: '8f0e3a3c-5d0b-5c4e-9d55-2b7f5a1c6e90',
  source: '/fleet/Ålesund',
  type: 'vehicle.telemetry.cleaned',
  time: '2026-03-01T10:00:00Z',
  subject: 'veh-1',
  contentType: 'application/avro',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const headers = toHeaders(attributes);

describe('CloudEvents in binary mode', () => {
  test('stand in headers as the Kafka protocol binding says', () => {
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: attributes.id,
      ce_source: attributes.source,
      ce_type: attributes.type,
      ce_time: attributes.time,
      ce_subject: attributes.subject,
      'content-type': attributes.contentType,
      traceparent: attributes.traceparent,
    });
  });

  test('leave out what is absent', () => {
    const { id, source, type } = attributes;
    expect(Object.keys(toHeaders({ id, source, type }))).toEqual(['ce_specversion', 'ce_id', 'ce_source', 'ce_type']);
  });

  test('come back from text, from bytes, and from the byte numbers of a Lambda event', () => {
    const entries = Object.entries(headers);
    expect(fromHeaders((name) => headers[name])).toEqual(attributes);
    expect(fromHeaderList(entries.map(([name, value]) => [Buffer.from(name), Buffer.from(value)]))).toEqual(attributes);
    expect(fromHeaderList(entries.map(([name, value]) => [name, new TextEncoder().encode(value)]))).toEqual(attributes);
    const numbers = entries.map(([name, value]) => ({ [name]: [...Buffer.from(value)] }));
    expect(fromLambdaHeaders(numbers)).toEqual(attributes);
    const signed = entries.map(([name, value]) => ({ [name]: [...new Int8Array(Buffer.from(value))] }));
    expect(fromLambdaHeaders(signed)).toEqual(attributes);
  });

  test.each(['ce_specversion', 'ce_id', 'ce_source', 'ce_type'])('need the header %s', (missing) => {
    const error = codedErrorOf(() => fromHeaders((name) => (name === missing ? undefined : headers[name])));
    expect(error.code).toBe('EVENTBUS_CODEC_CLOUD_EVENT_INVALID');
    expect(error.message).toContain(`header ${missing} is missing`);
    const empty = codedErrorOf(() => fromHeaders((name) => (name === missing ? '' : headers[name])));
    expect(empty.message).toContain(`header ${missing} is empty`);
  });

  test('are refused in another version', () => {
    const error = codedErrorOf(() => fromHeaders((name) => (name === 'ce_specversion' ? '0.3' : headers[name])));
    expect(error.message).toContain('ce_specversion is "0.3", allowed is "1.0"');
  });

  test('are read from the first header of a name, and a header without a value counts as missing', () => {
    const twice = [...Object.entries(headers), ['ce_id', 'second'] as const];
    expect(fromHeaderList(twice.map(([name, value]) => [name, Buffer.from(value)])).id).toBe(attributes.id);
    const nothing = Object.entries(headers).map(
      ([name, value]) => [name, name === 'ce_id' ? null : Buffer.from(value)] as const,
    );
    expect(codedErrorOf(() => fromHeaderList(nothing)).message).toContain('ce_id is missing');
  });

  test('are not found among what objects inherit', () => {
    expect(codedErrorOf(() => fromLambdaHeaders([{}])).message).toContain('ce_specversion is missing');
  });
});
