import { describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../src/codec/codec.ts';
import { checkEvent, type EventRequest, requestOfEnvelope } from '../../src/sdk/outgoing-event.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const codec = makeCodec();
const around = { codec, source: '//me', newId: () => 'new-id', now: () => Date.UTC(2026, 0, 1) };
const photo = { photoId: 'p-1', userId: 'u-1', filename: 'cat.jpg' };
const check = (type: string, data: unknown, options: EventRequest['options'] = {}) =>
  checkEvent({ type, data, options }, around);
const refusal = (type: string, data: unknown, options: EventRequest['options'] = {}) => {
  const { code, message } = codedErrorOf(() => check(type, data, options));
  return { code, message };
};

describe('an event to publish', () => {
  test('gets an id, a time, its key and the source', () => {
    const { id, key, topic, recordWith } = check('photo.uploaded', photo);
    expect({ id, key, topic }).toEqual({ id: 'new-id', key: 'p-1', topic: 'photo.events.v1' });
    const { headers, value } = recordWith({ traceparent: '00-1-2-01' });
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'new-id',
      ce_source: '//me',
      ce_type: 'photo.uploaded',
      ce_time: '2026-01-01T00:00:00.000Z',
      ce_subject: 'p-1',
      'content-type': 'application/avro',
      traceparent: '00-1-2-01',
    });
    expect(codec.decode('PhotoEvent', value as Buffer).value).toMatchObject({
      ...photo,
      thumbnails: [],
      progress: null,
    });
  });

  test('takes what the options say before that', () => {
    const options = { id: 'i', key: 'k', subject: 's', source: '//you', time: new Date(0) };
    const { key, recordWith } = check('photo.uploaded', photo, options);
    expect(key).toBe('k');
    expect(recordWith({}).headers).toMatchObject({
      ce_id: 'i',
      ce_subject: 's',
      ce_source: '//you',
      ce_time: '1970-01-01T00:00:00.000Z',
    });
  });

  test('takes the key of its fallback field where the first one is empty', () => {
    expect(check('batch.processing.completed', { batchId: 'b-1' }).key).toBe('b-1');
  });

  test('as an envelope keeps what the envelope says, unless an option says otherwise', () => {
    const envelope = {
      eventId: 'e-1',
      eventType: 'photo.uploaded',
      timestamp: '2026-05-04T10:00Z',
      source: 'photos',
      version: '1.0',
      data: photo,
    };
    const { headers } = checkEvent(requestOfEnvelope(envelope, { id: 'e-2' }), around).recordWith({});
    expect(headers).toMatchObject({ ce_id: 'e-2', ce_time: '2026-05-04T10:00:00.000Z', ce_source: 'photos' });
  });

  test.each([
    ['with a misspelt type', 'photo.uploadd', photo, {}, 'EVENTBUS_SDK_TYPE_UNKNOWN', 'did you mean "photo.uploaded"'],
    [
      'with a value of another type',
      'photo.uploaded',
      { ...photo, sizeBytes: '7' },
      {},
      'EVENTBUS_CODEC_VALUE_INVALID',
      'PhotoEvent.sizeBytes is "7"',
    ],
    [
      'without a required field',
      'order.created',
      { orderId: 'o' },
      {},
      'EVENTBUS_CODEC_VALUE_INVALID',
      'OrderEvent.customerId is absent',
    ],
    [
      'with an unknown field',
      'photo.uploaded',
      { ...photo, fileName: 'x' },
      {},
      'EVENTBUS_SDK_FIELD_UNKNOWN',
      'PhotoEvent.fileName',
    ],
    [
      'without a key',
      'photo.uploaded',
      { userId: 'u' },
      {},
      'EVENTBUS_SDK_KEY_MISSING',
      'PhotoEvent.photoId or batchId',
    ],
    ['without its topic, where several carry it', 'alert.raised', {}, {}, 'EVENTBUS_SDK_TOPIC_WRONG', 'allowed is'],
    [
      'for a topic that does not carry it',
      'photo.uploaded',
      photo,
      { topic: 'alerts' },
      'EVENTBUS_SDK_TOPIC_WRONG',
      'got "alerts"',
    ],
    ['with an empty id', 'photo.uploaded', photo, { id: '' }, 'EVENTBUS_SDK_OPTION_INVALID', 'id is ""'],
    [
      'with a time that is none',
      'photo.uploaded',
      photo,
      { time: 'noon' },
      'EVENTBUS_SDK_OPTION_INVALID',
      'time is "noon"',
    ],
    [
      'with a date that is none',
      'photo.uploaded',
      photo,
      { time: new Date('x') },
      'EVENTBUS_SDK_OPTION_INVALID',
      'time is null',
    ],
  ])('%s is refused', (_case, type, data, options, code, words) => {
    const refused = refusal(type, data, options);
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(words);
  });
});
