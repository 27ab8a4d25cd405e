import { describe, expect, test } from '@jest/globals';
import { type EventDefaults, makeEventReader } from '../../../src/cli/produce/event-reader.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { requireTopic } from '../../make/catalogue-entry.ts';
import { codedErrorOf } from '../../make/coded-error.ts';

const codec = makeCodec();
const order = { orderId: 'o-1', customerId: 'c-1', currency: 'EUR', itemsMinor: 1990, totalMinor: 1990 };
const reader = (topic: string, defaults: EventDefaults = {}) => {
  const read = makeEventReader({
    topic: requireTopic(topic),
    codec,
    defaults,
    newId: () => 'new-id',
    now: () => Date.UTC(2026, 0, 1),
  });
  return (json: unknown) => read(typeof json === 'string' ? json : JSON.stringify(json));
};

describe('a booking event', () => {
  const booking = { bookingId: 'b-1', occurredAt: 1_780_000_000_000, city: 'oslo', language: 'nb', currency: 'NOK' };
  test('is taken with sound values', () => {
    expect(reader('domain.events', { type: 'booking_created' })(booking).record.key).toBe('b-1');
  });

  test('is refused with a currency or language that is none, naming both', () => {
    const read = reader('domain.events', { type: 'booking_created' });
    const { message } = codedErrorOf(() => read({ ...booking, currency: 'kr', language: 'nb_NO!' }));
    expect(message).toMatch(
      /language is "nb_NO!", allowed is a BCP 47 tag.*currency is "kr", allowed is a code of ISO 4217/,
    );
  });
});

describe('a line of plain data', () => {
  test('becomes an event with a new id, the time, the key field as key and the type of the flag', () => {
    const { id, record } = reader('order-events', { type: 'order.created' })(order);
    expect(id).toBe('new-id');
    expect(record).toMatchObject({ topic: 'order-events', key: 'o-1' });
    expect(record.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'new-id',
      ce_source: '//event-bus/cli',
      ce_type: 'order.created',
      ce_time: '2026-01-01T00:00:00.000Z',
      ce_subject: 'o-1',
      'content-type': 'application/avro',
    });
    expect(codec.decode('OrderEvent', record.value as Buffer).value).toMatchObject({ ...order, lines: [] });
  });

  test('takes the only type of its topic', () => {
    const reading = { sensorId: 's', time: '2026-01-01T00:00:00Z', metric: 'm', value: 1, unit: 'u' };
    expect(reader('sensor.raw')(reading).record.headers['ce_type']).toBe('sensor.reading.reported');
  });

  test('is refused without a type where the topic has several, naming them', () => {
    const error = codedErrorOf(() => reader('order-events')(order));
    expect(error.message).toContain('--type gives one, allowed is order.created, order.updated');
  });

  test('takes the fallback field as key, and is refused without either', () => {
    const read = reader('photo.events.v1', { type: 'photo.uploaded' });
    expect(read({ photoId: 'p-1' }).record.key).toBe('p-1');
    expect(read({ batchId: 'b-1' }).record.key).toBe('b-1');
    const error = codedErrorOf(() => read({ userId: 'u' }));
    expect(error.message).toContain('the value has no key');
    expect(error.message).toContain('--key');
  });

  test('that does not fit is refused by field, and what is no JSON by place', () => {
    const read = reader('order-events', { type: 'order.created' });
    expect(codedErrorOf(() => read({ ...order, currency: 1 })).message).toContain('OrderEvent.currency is 1');
    expect(codedErrorOf(() => read('{"a":')).code).toBe('EVENTBUS_CODEC_JSON_INVALID');
  });

  test('names fields that the schema does not know', () => {
    const read = reader('order-events', { type: 'order.created' });
    expect(read({ ...order, colour: 'red' }).unknownFields).toEqual(['colour']);
  });
});

describe('a line that is an event', () => {
  const attributes = { id: 'e-1', source: '//shop', type: 'order.updated', time: '2025-05-05T05:05:05Z', subject: 's' };

  test('keeps its attributes as a CloudEvent in structured mode', () => {
    const { id, record, unknownFields } = reader('order-events')({ specversion: '1.0', ...attributes, data: order });
    expect(id).toBe('e-1');
    expect(unknownFields).toEqual([]);
    expect(record.headers).toMatchObject({
      ce_id: 'e-1',
      ce_source: '//shop',
      ce_type: 'order.updated',
      ce_time: '2025-05-05T05:05:05Z',
      ce_subject: 's',
    });
  });

  test('keeps its attributes as the event envelope', () => {
    const envelope = {
      eventId: 'e-2',
      eventType: 'order.cancelled',
      timestamp: '2025-05-05T05:05:05Z',
      source: 'shop',
      version: '1.0',
    };
    const { record } = reader('order-events')({ ...envelope, data: { ...order, colour: 1 } });
    expect(record.headers).toMatchObject({ ce_id: 'e-2', ce_source: 'shop', ce_type: 'order.cancelled' });
    expect(record.key).toBe('o-1');
  });

  test('gives way to flags', () => {
    const read = reader('order-events', { key: 'k', type: 'order.completed', source: '//me' });
    const { record } = read({ specversion: '1.0', ...attributes, data: order });
    expect(record.key).toBe('k');
    expect(record.headers).toMatchObject({ ce_type: 'order.completed', ce_source: '//me', ce_id: 'e-1' });
  });

  test('of a type that the topic does not have is refused', () => {
    const event = { specversion: '1.0', ...attributes, type: 'order.eaten', data: order };
    expect(codedErrorOf(() => reader('order-events')(event)).message).toContain('the event type is "order.eaten"');
  });
});
