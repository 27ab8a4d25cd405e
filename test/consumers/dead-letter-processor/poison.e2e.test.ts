import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { deadLetter, makeProcessorRig, type ProcessorRig, queueEvent } from '../../make/dead-letters.ts';

let rig: ProcessorRig;

beforeAll(async () => {
  rig = await makeProcessorRig();
});
afterAll(() => rig.close());
beforeEach(() => rig.reset());

const done = { batchItemFailures: [] };

describe('a message that is no dead letter', () => {
  test.each([
    ['no JSON', 'garbage {'],
    ['a number', '7'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an empty text', '""'],
    ['another object', '{"hello":"world"}'],
    ['a letter without an offset', JSON.stringify({ ...deadLetter(1), offset: undefined })],
    ['a letter of a partition beyond Kafka’s', JSON.stringify(deadLetter(1, { partition: 2 ** 31 }))],
    ['a letter whose topic leads out of a folder', JSON.stringify(deadLetter(1, { topic: '../../etc' }))],
    ['a letter of no time', JSON.stringify(deadLetter(1, { lastFailedAt: 'yesterday' }))],
    [
      'a letter of a time that PostgreSQL has not',
      JSON.stringify(deadLetter(1, { lastFailedAt: '+275760-01-01T00:00:00.000Z' })),
    ],
    ['metadata of an invocation', '{"requestContext":{},"KafkaBatchInfo":{"batchSize":3}}'],
    ['nested lists', '['.repeat(5_000) + ']'.repeat(5_000)],
  ])('(%s) is put aside whole, told of, and in nobody’s way', async (_name, body) => {
    const event = queueEvent([deadLetter(10), body, deadLetter(11)]);
    expect(await rig.process(event)).toEqual(done);
    expect(await rig.rows('select "offset" from dead_letter order by 1')).toEqual([{ offset: 10 }, { offset: 11 }]);
    const id = event.Records[1]?.messageId;
    const object = `unreadable-messages/timeseries-writer-dead-letters/${id}.txt`;
    expect((await rig.objects.get(object))?.toString()).toBe(body);
    expect(rig.notices()).toContainEqual({
      type: 'Dead-letter message put aside',
      detail: expect.objectContaining({ queue: 'timeseries-writer-dead-letters', messageId: id, object }),
    });
    expect(rig.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ code: 'EVENTBUS_CONSUMER_MESSAGE_UNREADABLE', object }),
      }),
    );
  });

  test('at which the function fails in an unknown way is delivered five times, then put aside', async () => {
    const broken = rig.with({
      objects: {
        ...rig.objects,
        put: (key, bytes) =>
          key.endsWith('0007.json') ? Promise.reject(new TypeError('a defect')) : rig.objects.put(key, bytes),
      },
    });
    const early = queueEvent([deadLetter(6), deadLetter(7)], 4);
    expect((await broken(early)).batchItemFailures).toEqual([{ itemIdentifier: early.Records[1]?.messageId }]);
    expect(await rig.rows('select "offset" from dead_letter')).toEqual([{ offset: 6 }]);
    expect(await broken(queueEvent([deadLetter(7)], 5))).toEqual(done);
    expect(rig.notices().map(({ type }) => type)).toContain('Dead-letter message put aside');
  });
});

describe('a claim', () => {
  const key = 'dead-letters/timeseries-writer/vehicle.telemetry.v1/0/0000000000000009.json';

  test('whose object is gone still makes a letter, which says how large the value was', async () => {
    const claimed = deadLetter(9, { key: null, value: null, headers: [], claim: { key, valueBytes: 3_000_000 } });
    expect(await rig.process(queueEvent([claimed]))).toEqual(done);
    expect(await rig.rows('select value_bytes, payload_key from dead_letter')).toEqual([
      { value_bytes: 3_000_000, payload_key: key },
    ]);
    expect(await rig.objects.get(key)).toBeNull();
  });

  test('of another record’s object does not take that record', async () => {
    const other = 'dead-letters/timeseries-writer/vehicle.telemetry.v1/0/0000000000000001.json';
    await rig.process(queueEvent([deadLetter(1)]));
    await rig.process(queueEvent([deadLetter(9, { key: null, value: null, claim: { key: other, valueBytes: 5 } })]));
    expect(await rig.rows('select "offset", key, payload_key from dead_letter order by 1')).toEqual([
      { offset: 1, key: Buffer.from('car-1'), payload_key: other },
      { offset: 9, key: null, payload_key: key },
    ]);
  });
});

describe('an event of another shape', () => {
  test.each([
    ['null', null, 'it has no list Records'],
    ['an MSK event', { eventSource: 'aws:kafka', records: {} }, 'it has no list Records'],
    ['records of another source', { Records: [{ eventSource: 'aws:kinesis' }] }, 'eventSource is "aws:kinesis"'],
    ['a message without body', { Records: [{ eventSource: 'aws:sqs', messageId: '1' }] }, 'no body'],
  ])('(%s) is refused with a coded error that names the part', async (_name, event, part) => {
    const refused = rig.process(event);
    await expect(refused).rejects.toMatchObject({ code: 'EVENTBUS_CONSUMER_QUEUE_EVENT_SHAPE' });
    await expect(refused).rejects.toThrow(part);
  });
});
