import { describe, expect, test } from '@jest/globals';
import { fromEnvelope, isEnvelope, toEnvelope } from '../../src/codec/envelope.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const envelope = {
  eventId: '7f6f5b0c-3c9d-4a63-9a0e-6f0f1c2d3e4f',
  eventType: 'order.created',
  timestamp: '2026-03-01T10:00:00.123+01:00',
  source: 'order-service',
  version: '1.2',
  data: { orderId: 'o-1' },
};

describe('the event envelope', () => {
  test('says the same as a CloudEvent, there and back', () => {
    const event = fromEnvelope(envelope);
    expect(event).toEqual({
      event: { id: envelope.eventId, type: 'order.created', time: envelope.timestamp, source: 'order-service' },
      version: '1.2',
      data: envelope.data,
    });
    expect(toEnvelope(event)).toEqual(envelope);
  });

  test('is recognised by its fields', () => {
    expect(isEnvelope(envelope)).toBe(true);
    expect(isEnvelope({ ...envelope, data: undefined })).toBe(true);
    const { version, ...rest } = envelope;
    expect(version).toBe('1.2');
    expect(isEnvelope(rest)).toBe(false);
    expect(isEnvelope(null)).toBe(false);
  });

  test.each([
    ['no object', 'text', 'got string'],
    ['no eventId', { ...envelope, eventId: undefined }, 'eventId is missing'],
    ['an empty source', { ...envelope, source: '' }, 'source is ""'],
    ['a number as type', { ...envelope, eventType: 4 }, 'eventType is 4'],
    ['a time without offset', { ...envelope, timestamp: '2026-03-01T10:00:00' }, 'timestamp is'],
    ['a time that does not exist', { ...envelope, timestamp: '2026-13-01T10:00:00Z' }, 'timestamp is'],
    ['a version that is none', { ...envelope, version: 'latest' }, 'version is "latest"'],
  ])('is refused with %s', (_name, json, message) => {
    const error = codedErrorOf(() => fromEnvelope(json));
    expect(error.code).toBe('EVENTBUS_CODEC_ENVELOPE_INVALID');
    expect(error.message).toContain(message);
  });

  test('needs data, even if null', () => {
    const { data, ...rest } = envelope;
    expect(data).toEqual({ orderId: 'o-1' });
    expect(codedErrorOf(() => fromEnvelope(rest)).message).toContain('data is missing');
    expect(fromEnvelope({ ...rest, data: null }).data).toBeNull();
  });

  test('cannot be made of an event without a time', () => {
    const event = { id: 'i', type: 't', source: 's' };
    expect(codedErrorOf(() => toEnvelope({ event, version: '1.0', data: 1 })).message).toContain('has no time');
  });
});
