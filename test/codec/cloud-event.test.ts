import { describe, expect, test } from '@jest/globals';
import { fromHeaders, toHeaders } from '../../src/codec/cloud-event.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const attributes = {
  id: '8f0e3a3c-5d0b-5c4e-9d55-2b7f5a1c6e90',
  source: '/fleet/Ålesund',
  type: 'vehicle.telemetry.cleaned',
  time: '2026-03-01T10:00:00Z',
  subject: 'veh-1',
  contentType: 'application/avro',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=t61rcWkgMzE',
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
      tracestate: attributes.tracestate,
    });
  });

  test('leave out what is absent', () => {
    const { id, source, type } = attributes;
    expect(Object.keys(toHeaders({ id, source, type }))).toEqual(['ce_specversion', 'ce_id', 'ce_source', 'ce_type']);
  });

  test('come back as they were', () => {
    expect(fromHeaders((name) => headers[name])).toEqual(attributes);
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
});
