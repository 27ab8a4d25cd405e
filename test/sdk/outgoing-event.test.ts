import { describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../src/codec/codec.ts';
import { checkEvent, type EventRequest, requestOfEnvelope } from '../../src/sdk/outgoing-event.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const codec = makeCodec();
const around = { codec, source: '//me', newId: () => 'new-id', now: () => Date.UTC(2026, 0, 1) };
const photo = { photoId: 'p-1', userId: 'u-1', filename: 'cat.jpg' };
const check = (type: string, data: unknown, options: EventRequest['options'] = {}) =>
  checkEvent({ type, data, options }, around);

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

  test.each<{
    readonly refused: string;
    readonly request: EventRequest;
    readonly code: string;
    readonly words: string;
  }>([
    {
      refused: 'a misspelt type',
      request: { type: 'photo.uploadd', data: photo, options: {} },
      code: 'EVENTBUS_SDK_TYPE_UNKNOWN',
      words: 'did you mean "photo.uploaded"',
    },
    {
      refused: 'a value of another type',
      request: { type: 'photo.uploaded', data: { ...photo, sizeBytes: '7' }, options: {} },
      code: 'EVENTBUS_CODEC_VALUE_INVALID',
      words: 'PhotoEvent.sizeBytes is "7"',
    },
    {
      refused: 'an absent field',
      request: { type: 'order.created', data: { orderId: 'o' }, options: {} },
      code: 'EVENTBUS_CODEC_VALUE_INVALID',
      words: 'OrderEvent.customerId is absent',
    },
    {
      refused: 'an unknown field',
      request: { type: 'photo.uploaded', data: { ...photo, fileName: 'x' }, options: {} },
      code: 'EVENTBUS_SDK_FIELD_UNKNOWN',
      words: 'PhotoEvent.fileName (did you mean "filename"',
    },
    {
      refused: 'an event without a key',
      request: { type: 'photo.uploaded', data: { userId: 'u' }, options: {} },
      code: 'EVENTBUS_SDK_KEY_MISSING',
      words: 'PhotoEvent.photoId or batchId',
    },
    {
      refused: 'a type of several topics without one of them',
      request: { type: 'alert.raised', data: {}, options: {} },
      code: 'EVENTBUS_SDK_TOPIC_WRONG',
      words: 'no topic is named, allowed is',
    },
    {
      refused: 'a topic that does not carry the type',
      request: { type: 'photo.uploaded', data: photo, options: { topic: 'alerts' } },
      code: 'EVENTBUS_SDK_TOPIC_WRONG',
      words: 'got "alerts"',
    },
    {
      refused: 'an empty id',
      request: { type: 'photo.uploaded', data: photo, options: { id: '' } },
      code: 'EVENTBUS_SDK_OPTION_INVALID',
      words: 'id is ""',
    },
    {
      refused: 'a time that is none',
      request: { type: 'photo.uploaded', data: photo, options: { time: 'noon' } },
      code: 'EVENTBUS_SDK_OPTION_INVALID',
      words: 'time is "noon"',
    },
    {
      refused: 'a date that is none',
      request: { type: 'photo.uploaded', data: photo, options: { time: new Date('x') } },
      code: 'EVENTBUS_SDK_OPTION_INVALID',
      words: 'time is null',
    },
  ])('refuses $refused', ({ request, code, words }) => {
    const error = codedErrorOf(() => checkEvent(request, around));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});
