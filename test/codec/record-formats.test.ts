import { describe, expect, test } from '@jest/globals';
import type { SensorReading } from '../../src/catalogue/events.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const codec = makeCodec();
const reading: SensorReading = { sensorId: 's', time: 't', sequence: null, metric: 'm', value: 1, unit: 'C' };
const json = Buffer.from(JSON.stringify(reading));
const avro = codec.encode('SensorReading', reading);
const decode = (contentType: string | undefined, bytes: Buffer) =>
  codec.decodeRecord('SensorReading', contentType, bytes);
const codeOf = (contentType: string | undefined, bytes: Buffer) => codedErrorOf(() => decode(contentType, bytes)).code;
const attributes = { specversion: '1.0', id: 'e-1', source: '/hall', type: 'sensor.reading.reported', subject: 's' };
const event = { id: 'e-1', source: '/hall', type: 'sensor.reading.reported', subject: 's' };
const structured = (rest: object) => Buffer.from(JSON.stringify({ ...attributes, ...rest }));

describe('a record is decoded by its content type', () => {
  test.each([
    ['application/avro', avro],
    ['avro/binary', avro],
    ['application/json', json],
    ['application/json; charset=utf-8', json],
    ['Application/JSON', json],
    ['application/vnd.device+json', json],
  ])('%s', (contentType, bytes) => {
    expect(decode(contentType, bytes)).toEqual({ value: reading, writer: { subject: 'SensorReading', version: 1 } });
  });

  test('and without one by its first byte', () => {
    for (const contentType of [undefined, '', 'application/octet-stream', 'text/plain']) {
      expect(decode(contentType, avro).value).toEqual(reading);
      expect(decode(contentType, json).value).toEqual(reading);
    }
    expect(decode(undefined, Buffer.from(` \n${json.toString()}`)).value).toEqual(reading);
  });

  test('which must be known', () => {
    expect(codeOf('image/png', json)).toBe('EVENTBUS_CODEC_CONTENT_TYPE_UNKNOWN');
    expect(codeOf('constructor', json)).toBe('EVENTBUS_CODEC_CONTENT_TYPE_UNKNOWN');
  });

  test('and text that is not JSON is refused without being repeated', () => {
    const error = codedErrorOf(() => decode('application/json', Buffer.from('{"patient": "Kari", oops')));
    expect(error.code).toBe('EVENTBUS_CODEC_JSON_INVALID');
    expect(error.message).not.toContain('Kari');
    expect(codeOf(undefined, Buffer.from('hello'))).toBe('EVENTBUS_CODEC_FRAME_UNKNOWN');
    expect(codeOf(undefined, Buffer.alloc(0))).toBe('EVENTBUS_CODEC_TRUNCATED');
  });
});

describe('a CloudEvent in structured mode', () => {
  test('brings its attributes and JSON data', () => {
    const decoded = decode('application/cloudevents+json', structured({ data: reading }));
    expect(decoded).toMatchObject({ value: reading, event });
  });

  test('brings framed Avro in data_base64', () => {
    const data = { data_base64: avro.toString('base64'), datacontenttype: 'application/avro' };
    expect(decode('application/cloudevents+json; charset=utf-8', structured(data))).toMatchObject({
      value: reading,
      event: { ...event, contentType: 'application/avro' },
    });
  });

  test('is recognised without a content type', () => {
    expect(decode(undefined, structured({ data: reading })).event).toMatchObject(event);
  });

  test.each([
    ['no id', { id: undefined, data: reading }, 'id is missing'],
    ['an empty source', { source: '', data: reading }, 'source is empty'],
    ['a type that is no string', { type: 5, data: reading }, 'type is a number'],
    ['another version', { specversion: '0.3', data: reading }, 'specversion is "0.3", allowed is "1.0"'],
    ['no data', {}, 'neither of data and data_base64'],
    ['data twice', { data: reading, data_base64: 'AA==' }, 'both of data and data_base64'],
    ['data_base64 that is none', { data_base64: 'x' }, 'data_base64 is not a base64 string'],
  ])('is refused with %s', (_name, rest, message) => {
    const error = codedErrorOf(() => decode('application/cloudevents+json', structured(rest)));
    expect(error.code).toBe('EVENTBUS_CODEC_CLOUD_EVENT_INVALID');
    expect(error.message).toContain(message);
  });

  test('is refused when it holds another one', () => {
    const data = { data_base64: 'AAAA', datacontenttype: 'application/cloudevents+json' };
    expect(codeOf('application/cloudevents+json', structured(data))).toBe('EVENTBUS_CODEC_CONTENT_TYPE_UNKNOWN');
  });
});

describe('the event envelope', () => {
  const envelope = {
    eventId: '7f6f5b0c-3c9d-4a63-9a0e-6f0f1c2d3e4f',
    eventType: 'sensor.reading.reported',
    timestamp: '2026-03-01T10:00:00Z',
    source: 'hall-service',
    version: '1.0',
    data: reading,
  };

  test('is accepted as a JSON value', () => {
    expect(decode('application/json', Buffer.from(JSON.stringify(envelope)))).toEqual({
      value: reading,
      writer: { subject: 'SensorReading', version: 1 },
      event: { id: envelope.eventId, type: envelope.eventType, time: envelope.timestamp, source: envelope.source },
    });
  });

  test('is refused when a field of it is wrong', () => {
    const wrong = Buffer.from(JSON.stringify({ ...envelope, timestamp: 'yesterday' }));
    expect(codeOf('application/json', wrong)).toBe('EVENTBUS_CODEC_ENVELOPE_INVALID');
  });
});
