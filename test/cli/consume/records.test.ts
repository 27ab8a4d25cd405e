import { describe, expect, test } from '@jest/globals';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { recordFilter } from '../../../src/cli/consume/record-filter.ts';
import { makeRecordText, recordJson } from '../../../src/cli/consume/record-text.ts';
import { shownRecord } from '../../../src/cli/consume/shown-record.ts';
import { makeEventReader } from '../../../src/cli/produce/event-reader.ts';
import { toHeaders } from '../../../src/codec/cloud-event.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import type { RawRecord } from '../../../src/kafka/record-decoding.ts';
import { requireTopic } from '../../make/catalogue-entry.ts';
import { codedErrorOf } from '../../make/coded-error.ts';

const codec = makeCodec();
const attributes = {
  id: 'e-1',
  source: '//here',
  type: 'sensor.reading.reported',
  time: '2026-01-01T00:00:00Z',
  subject: 's-1',
};
const reading = { sensorId: 's-1', time: '2026-01-01T00:00:00Z', metric: 'wind', value: 4.5, unit: 'm/s' };
const value = codec.encode('SensorReading', codec.parseJson('SensorReading', reading));

function record(fields: Partial<RawRecord> & { headers?: RawRecord['headers'] } = {}): RawRecord {
  const headers = Object.entries(toHeaders({ ...attributes, contentType: 'application/avro' })).map(
    ([name, text]) => [name, Buffer.from(text)] as const,
  );
  return {
    topic: 'sensor.raw',
    partition: 2,
    offset: 7,
    timestampMs: Date.UTC(2026, 1, 1),
    key: Buffer.from('s-1'),
    value,
    headers,
    ...fields,
  };
}

const shown = (fields: Parameters<typeof record>[0] = {}) => shownRecord(record(fields), 'SensorReading', codec);

describe('a record', () => {
  test('is shown with time, partition and offset, key, type and data without nulls', () => {
    expect(makeRecordText()(shown())).toBe(
      `2026-02-01T00:00:00.000Z  2:7  s-1  sensor.reading.reported  ${JSON.stringify(reading)}`,
    );
  });

  test('as JSON has coordinates, attributes and the whole data', () => {
    expect(JSON.parse(recordJson(shown()))).toEqual({
      topic: 'sensor.raw',
      partition: 2,
      offset: 7,
      timestamp: '2026-02-01T00:00:00.000Z',
      key: 's-1',
      specversion: '1.0',
      ...attributes,
      data: { ...reading, sequence: null },
    });
  });

  test('as JSON is an event that produce takes back as it was', () => {
    const topic = requireTopic('sensor.raw');
    const read = makeEventReader({ topic, codec, defaults: {}, newId: () => 'no', now: () => 0 });
    const again = read(recordJson(shown()));
    expect(again.record).toMatchObject({ key: 's-1', value });
    expect(again.record.headers).toEqual(toHeaders({ ...attributes, contentType: 'application/avro' }));
    expect(again.unknownFields).toEqual([]);
  });

  test('that cannot be decoded is shown with its error, and as JSON with its bytes', () => {
    const broken = shown({ value: value.subarray(0, 20) });
    expect(makeRecordText()(broken)).toContain('! EVENTBUS_CODEC_TRUNCATED: ');
    expect(JSON.parse(recordJson(broken))).toMatchObject({
      id: 'e-1',
      error: { code: 'EVENTBUS_CODEC_TRUNCATED' },
      data_base64: value.subarray(0, 20).toString('base64'),
    });
  });

  test('with wrong attributes is shown with that error', () => {
    const headers = [['ce_specversion', Buffer.from('0.3')] as const];
    expect(makeRecordText()(shown({ headers }))).toContain('! EVENTBUS_CODEC_CLOUD_EVENT_INVALID: ');
  });

  test('of no CloudEvents producer is decoded by its content', () => {
    const foreign = shown({ headers: [], key: null, value: Buffer.from(JSON.stringify(reading)) });
    expect(foreign).toMatchObject({ event: null, key: null, content: { kind: 'data', data: reading } });
    expect(makeRecordText()(foreign)).toContain('2:7  –  –  {');
  });

  test('with a CloudEvent in structured mode has the attributes of the document', () => {
    const headers = [['content-type', Buffer.from('application/cloudevents+json')] as const];
    const document = Buffer.from(JSON.stringify({ specversion: '1.0', ...attributes, data: reading }));
    expect(shown({ headers, value: document }).event).toMatchObject(attributes);
  });

  test('without a value is a deletion', () => {
    expect(makeRecordText()(shown({ value: null }))).toMatch(/\(deleted\)$/);
    expect(JSON.parse(recordJson(shown({ value: null })))).toMatchObject({ data: null });
  });

  test.each([
    ['JSON', Buffer.from('{"a":1}'), { a: 1 }],
    ['text', Buffer.from('hello'), 'hello'],
    ['bytes', Buffer.from([255, 254]), 'base64://4='],
  ])('of a topic without a schema is shown as %s where it is that', (_, bytes, data) => {
    expect(shownRecord(record({ headers: [], value: bytes }), null, codec).content).toEqual({ kind: 'data', data });
  });

  test('keeps its columns below those before it', () => {
    const text = makeRecordText();
    text(shown({ key: Buffer.from('a-long-key') }));
    expect(text(shown())).toContain('  s-1         sensor');
  });
});

describe('a filter', () => {
  const schema = schemas.SensorReading.at(-1) ?? null;
  const telemetry = schemas.TelemetryBatch.at(-1) ?? null;
  const passes = (text: string) => recordFilter(text, schema)(shown());

  test.each([
    ['metric=wind', true],
    ['metric=rain', false],
    ['value=4.5', true],
    ['value=4.50', true],
    ['value=', false],
    ['sequence=null', true],
    ['unit=m/s', true],
    ['ce_type=sensor.reading.reported', true],
    ['ce_source=//there', false],
  ])('of %s passes the reading: %s', (text, expected) => {
    expect(passes(text)).toBe(expected);
  });

  test('of a field in an array passes when one item has the value, with or without brackets', () => {
    const batch = {
      deviceId: 'd',
      readings: [
        { time: 't', speedKmh: 1 },
        { time: 't', speedKmh: 2 },
      ],
    };
    const bytes = codec.encode('TelemetryBatch', codec.parseJson('TelemetryBatch', batch));
    const found = shownRecord(record({ value: bytes }), 'TelemetryBatch', codec);
    expect(recordFilter('readings.speedKmh=2', telemetry)(found)).toBe(true);
    expect(recordFilter('readings[].speedKmh=2', telemetry)(found)).toBe(true);
    expect(recordFilter('readings.speedKmh=3', telemetry)(found)).toBe(false);
  });

  test('passes no broken record, except by attribute', () => {
    const broken = shown({ value: Buffer.from('x') });
    expect(recordFilter('metric=wind', schema)(broken)).toBe(false);
    expect(recordFilter('ce_id=e-1', schema)(broken)).toBe(true);
  });

  test.each(['metric', '=x', ''])('of the form "%s" is refused', (text) => {
    expect(codedErrorOf(() => recordFilter(text, schema)).message).toContain('FIELD=VALUE');
  });

  test('of a field that the schema does not have is refused with close names', () => {
    const error = codedErrorOf(() => recordFilter('metrics=wind', schema));
    expect(error.code).toBe('EVENTBUS_CLI_USAGE');
    expect(error.message).toContain('did you mean "metric"');
  });
});
