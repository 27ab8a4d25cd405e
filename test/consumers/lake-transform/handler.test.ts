import { describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../../src/codec/codec.ts';
import { makeLakeTransform } from '../../../src/consumers/lake-transform/handler.ts';

const codec = makeCodec();
const transform = makeLakeTransform({
  codec,
  subjectOf: (topic) => (topic === 'sensor.raw' ? 'SensorReading' : undefined),
});
const arrival = Date.UTC(2026, 10, 21, 12);

/** The event as Amazon Data Firehose documents it for an MSK source: no key, no headers. */
const event = (values: readonly (Buffer | string)[], topic = 'sensor.raw') => ({
  invocationId: 'b4c2b6f5-6d1c-4a0d-8d6a-0d6d3a0a7c11',
  sourceMSKArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/bus/0000',
  deliveryStreamArn: `arn:aws:firehose:eu-central-1:123456789012:deliverystream/prod-lake--${topic}`,
  region: 'eu-central-1',
  records: values.map((value, index) => ({
    recordId: `record-${index}`,
    approximateArrivalTimestamp: arrival,
    mskRecordMetadata: { offset: String(100 + index), partitionId: '3', approximateArrivalTimestamp: arrival },
    kafkaRecordValue: Buffer.from(value).toString('base64'),
  })),
});

const rowsOf = async (given: unknown) => {
  const { records } = await transform(given);
  return records.map(({ kafkaRecordValue }) => {
    const line = Buffer.from(kafkaRecordValue, 'base64').toString('utf8');
    expect(line.indexOf('\n')).toBe(line.length - 1);
    return JSON.parse(line) as Record<string, unknown>;
  });
};

const reading = { sensorId: 's-1', time: '2026-11-21T12:00:00Z', metric: 'temperature', value: 21.5, unit: 'C' };

describe('the lake transformation', () => {
  test('gives each record of a Firehose event one row under its record id', async () => {
    const { records } = await transform(event([JSON.stringify(reading), 'not json', '']));
    expect(records.map(({ recordId, result }) => [recordId, result])).toEqual([
      ['record-0', 'Ok'],
      ['record-1', 'Ok'],
      ['record-2', 'Ok'],
    ]);
  });

  test('says in the row where the record lay', async () => {
    const [row] = await rowsOf(event([JSON.stringify(reading)]));
    expect(row).toMatchObject({
      kafka_topic: 'sensor.raw',
      kafka_partition: 3,
      kafka_offset: 100,
      kafka_timestamp: arrival,
      schema_version: 1,
    });
    expect(row).not.toHaveProperty('ce_id');
  });

  test('keeps a record that was sent again for one consumer, and says for which', async () => {
    const given = event([JSON.stringify(reading), JSON.stringify(reading)]);
    const headers = { ce_id: 'e-1', eventbus_consumer: 'window-aggregator' };
    const records = given.records.map((record, index) => ({
      ...record,
      kafkaRecordHeaders: index === 0 ? { ce_id: 'e-1' } : headers,
    }));
    const rows = await rowsOf({ ...given, records });
    expect(rows.map((row) => [row['ce_id'], row['addressed_to']])).toEqual([
      ['e-1', undefined],
      ['e-1', 'window-aggregator'],
    ]);
  });

  test('takes the attributes from inside a structured event when there are no headers', async () => {
    const structured = { specversion: '1.0', id: 'e-1', source: '/s', type: 'sensor.reading.reported', data: reading };
    const [row] = await rowsOf(event([JSON.stringify(structured)]));
    expect(row).toMatchObject({ ce_id: 'e-1', ce_source: '/s', ce_type: 'sensor.reading.reported', sensorId: 's-1' });
  });

  test('takes the attributes and the key that the delivery of one machine adds', async () => {
    const given = event([JSON.stringify(reading)]);
    const records = given.records.map((record) => ({
      ...record,
      kafkaRecordKey: Buffer.from('schlüssel "1"').toString('base64'),
      kafkaRecordHeaders: { ce_id: 'e "2"', ce_type: 'sensor.reading.reported', 'content-type': 'application/json' },
    }));
    const [row] = await rowsOf({ ...given, records });
    expect(row).toMatchObject({ kafka_key: 'schlüssel "1"', ce_id: 'e "2"', content_type: 'application/json' });
  });

  test('keeps what cannot be decoded with the code of the error', async () => {
    const [text, bytes] = await rowsOf(event(['{"sensorId": 1}', Buffer.from([3, 0, 255])]));
    expect(text).toMatchObject({ raw: '{"sensorId": 1}', raw_encoding: 'utf-8' });
    expect(bytes).toMatchObject({ raw: 'AwD/', raw_encoding: 'base64' });
    for (const row of [text, bytes]) expect(row?.['decode_error']).toMatch(/^EVENTBUS_CODEC_/);
  });

  test('writes rows that every JSON reader accepts, lone surrogates replaced', async () => {
    const [row] = await rowsOf(event([`{"text":"\\ud800 \\\\ud800"}`], 'test.events.v1'));
    expect(row?.['raw']).toBe('{"text":"\\ud800 \\\\ud800"}');
    const named = { ...reading, metric: '\ud800' };
    const { records } = await transform(event([JSON.stringify(named)]));
    const line = Buffer.from(records[0]?.kafkaRecordValue ?? '', 'base64').toString('utf8');
    expect((JSON.parse(line) as { metric: string }).metric).toBe('\ufffd');
  });

  test('refuses what is no Firehose event of a Kafka source, naming the first thing that is wrong', async () => {
    const kinesis = { ...event([]), records: [{ recordId: 'r', approximateArrivalTimestamp: arrival, data: 'aGk=' }] };
    await expect(transform(kinesis)).rejects.toMatchObject({
      code: 'EVENTBUS_LAKE_EVENT_SHAPE',
      message: expect.stringContaining('records[0].kafkaRecordValue is undefined'),
    });
    for (const wrong of [null, 'x', {}, { deliveryStreamArn: 'a', records: {} }]) {
      await expect(transform(wrong)).rejects.toMatchObject({ code: 'EVENTBUS_LAKE_EVENT_SHAPE' });
    }
    await expect(transform({ deliveryStreamArn: 'arn:x/plain', records: [] })).rejects.toMatchObject({
      code: 'EVENTBUS_LAKE_STREAM_NAME',
    });
  });
});
