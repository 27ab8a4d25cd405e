import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../../src/codec/codec.ts';
import { getLetter } from '../../../src/ports/object-store/stored-letter.ts';
import { makeProcessorRig, type ProcessorRig, queueEvent } from '../../make/dead-letters.ts';
import { mskEvent, mskRecord } from '../../make/msk-event.ts';
import { vehicleTelemetry } from '../../make/vehicle-telemetry.ts';

let rig: ProcessorRig;

beforeAll(async () => {
  rig = await makeProcessorRig();
});
afterAll(() => rig.close());
beforeEach(() => rig.reset());

const done = { batchItemFailures: [] };
const key = 'aws/lambda/8f0e3a3c/vehicle.telemetry.v1-0/2026/11/21/2026-11-21T10.00.00-one two';
const value = makeCodec().encode('VehicleTelemetry', vehicleTelemetry(1));
const event = mskEvent([
  ...[100, 101, 102].map((offset) => mskRecord({ offset, value })),
  mskRecord({ offset: 7, partition: 1, value: null, key: null, headers: {} }),
]);

/** The document that Lambda writes to a bucket. */
const record = (fields: object = {}) => ({
  requestContext: {
    requestId: '316aa6d0-8154-4a5e-9af7-85d5f4a6bc81',
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:staging-timeseries-writer',
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 4,
  },
  responseContext: { statusCode: 200, executedVersion: '12', functionError: 'Unhandled' },
  version: '1.0',
  timestamp: '2026-11-21T10:00:06.021Z',
  KafkaBatchInfo: { batchSize: 4, eventSourceArn: event.eventSourceArn, bootstrapServers: '', payloadSize: 2_039 },
  payload: JSON.stringify(event),
  ...fields,
});

const created = (name = key) => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  eventName: 'ObjectCreated:Put',
  s3: {
    s3SchemaVersion: '1.0',
    bucket: { name: 'failed', arn: 'arn:aws:s3:::failed' },
    object: { key: encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%20', '+'), size: 7 },
  },
});

describe('the record of an invocation that its mapping gave up', () => {
  test('becomes one letter a record of its batch, and is removed then', async () => {
    await rig.objects.put(key, Buffer.from(JSON.stringify(record())));
    expect(await rig.process(queueEvent([{ Records: [created()] }]))).toEqual(done);
    const rows = await rig.rows('select * from dead_letter order by partition, "offset"');
    expect(rows.map((row) => [row['partition'], row['offset'], row['schema_version']])).toEqual([
      [0, 100, 'VehicleTelemetry/v1'],
      [0, 101, 'VehicleTelemetry/v1'],
      [0, 102, 'VehicleTelemetry/v1'],
      [1, 7, null],
    ]);
    expect(rows[0]).toMatchObject({
      consumer: 'timeseries-writer',
      code: 'EVENTBUS_CONSUMER_INVOCATION_FAILED',
      message: expect.stringContaining('RetryAttemptsExhausted, function error "Unhandled" after 4 invocations'),
      attempts: 4,
      event_id: 'event-vehicle.telemetry.v1-0-100',
      key: Buffer.from('car-1'),
      timestamp_ms: 1_700_000_000_100,
      last_failed_at: new Date('2026-11-21T10:00:06.021Z'),
      handler_version: '12',
      source: 'invocation-record',
    });
    const kept = await getLetter(rig.objects, String(rows[0]?.['payload_key']));
    expect(kept?.value).toBe(value.toString('base64'));
    expect(await rig.objects.get(key)).toBeNull();
    expect(rig.notices()).toHaveLength(2);
  });

  test('told of twice makes its letters once', async () => {
    await rig.objects.put(key, Buffer.from(JSON.stringify(record())));
    const notification = { Records: [created()] };
    await rig.process(queueEvent([notification]));
    expect(await rig.process(queueEvent([notification, notification]))).toEqual(done);
    expect(await rig.rows('select sum(attempts)::integer as attempts, count(*) from dead_letter')).toEqual([
      { attempts: 16, count: 4 },
    ]);
  });

  test('is read too when the bucket calls the function itself, and when the payload is an object', async () => {
    const large = record({ payload: event, responseContext: null });
    await rig.objects.put(key, Buffer.from(JSON.stringify(large)));
    expect(await rig.process({ Records: [created()] })).toEqual(done);
    expect(await rig.rows('select distinct handler_version, message from dead_letter')).toEqual([
      { handler_version: '', message: expect.stringContaining('RetryAttemptsExhausted after 4 invocations') },
    ]);
  });

  test.each([
    ['no JSON', 'garbage', 'it is no JSON'],
    ['another document', '{"a":1}', 'no record of a failed invocation'],
    ['no payload', JSON.stringify(record({ payload: undefined })), 'has no payload'],
    ['a payload of another event', JSON.stringify(record({ payload: '{"Records":[]}' })), 'no MSK event'],
  ])('with %s stays where it is and is told of', async (_name, text, problem) => {
    await rig.objects.put(key, Buffer.from(text));
    expect(await rig.process(queueEvent([{ Records: [created()] }]))).toEqual(done);
    expect((await rig.objects.get(key))?.toString()).toBe(text);
    expect(rig.notices()[0]?.detail['problem']).toContain(problem);
  });

  test('of a function outside the catalogue keeps the function’s name as its consumer', async () => {
    const { requestContext } = record();
    const functionArn = 'arn:aws:lambda:eu-west-1:1:function:other:live';
    await rig.objects.put(
      key,
      Buffer.from(JSON.stringify(record({ requestContext: { ...requestContext, functionArn } }))),
    );
    await rig.process(queueEvent([{ Records: [created()] }]));
    expect(await rig.rows('select distinct consumer from dead_letter')).toEqual([{ consumer: 'other' }]);
  });

  test('a batch of thousands is stored in parts', async () => {
    const many = mskEvent(Array.from({ length: 1_200 }, (_, offset) => mskRecord({ offset, value: '{}' })));
    await rig.objects.put(key, Buffer.from(JSON.stringify(record({ payload: JSON.stringify(many) }))));
    expect(await rig.process(queueEvent([{ Records: [created()] }]))).toEqual(done);
    expect(await rig.rows('select count(*) from dead_letter')).toEqual([{ count: 1_200 }]);
    expect(rig.notices().map(({ detail }) => detail['letters'])).toEqual([1_200]);
  });
});

test('a bucket’s test notification, and that of a removed object, are done without an effect', async () => {
  const removed = { ...created(), eventName: 'ObjectRemoved:Delete' };
  expect(
    await rig.process(queueEvent([{ Service: 'Amazon S3', Event: 's3:TestEvent' }, { Records: [removed] }])),
  ).toEqual(done);
  expect(rig.notices()).toEqual([]);
});
