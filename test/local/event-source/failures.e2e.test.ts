import { afterEach, describe, expect, test } from '@jest/globals';
import { Admin } from '@platformatic/kafka';
import type { Consumer } from '../../../src/catalogue/model.ts';
import type { MskEvent } from '../../../src/consumers/batch/msk-event.ts';
import { readTopic } from '../../../src/kafka/reader.ts';
import { EventSourceRig, type FailureDocument, type JournalLine, until } from '../../make/event-source-rig.ts';

let rig: EventSourceRig;
afterEach(() => rig.close());

async function startRig(partitions: number, consumer: Partial<Consumer>): Promise<void> {
  rig = new EventSourceRig({ memoryMb: 32, timeoutMs: 600, retryAttempts: 1, ...consumer }, 'plain');
  await rig.start(partitions);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const drained = () => rig.sources.drained(AbortSignal.timeout(45_000));
const offsetsOf = (lines: readonly JournalLine[], partition: number) =>
  lines.filter((line) => line.partition === partition).map(({ offset }) => offset);
const places = ({ payload }: Pick<FailureDocument, 'payload'>) =>
  Object.values((JSON.parse(payload) as MskEvent).records).flatMap((list) =>
    list.map(({ partition, offset }) => [partition, offset]),
  );

describe('a record that ends its function’s environment', () => {
  test.each([
    ['by process.exit', 'exit'],
    ['by a loop without end', 'hang'],
    ['by never answering', 'never-answer'],
    ['by eating the memory', 'eat-memory'],
  ])('%s is isolated and left at the destination; its partition and its neighbours go on', async (_how, ask) => {
    await startRig(2, { concurrency: 2, bisectOnError: true, onFailure: 'object-store' });
    await rig.produce([
      ...[{ n: 0 }, { n: 1 }, { n: 2, ask }].map((entry) => ({ ...entry, partition: 0 })),
      ...range(10, 16).map((n) => ({ n, partition: 1 })),
    ]);
    await drained();
    await rig.produce([{ n: 3, partition: 0 }]);
    await drained();

    const journal = rig.journal();
    expect(offsetsOf(journal, 0)).toEqual([0, 1, 3]);
    expect([...new Set(offsetsOf(journal, 1))]).toEqual(range(0, 6));
    const failures = [...(await rig.failures())];
    expect(failures.map(([, document]) => places(document))).toEqual([[[0, 2]]]);
    const [[key, document] = ['', undefined]] = failures;
    expect(key).toMatch(
      new RegExp(`^aws/lambda/[0-9a-f-]{36}/${rig.topic}-0/\\d{4}/\\d\\d/\\d\\d/[\\dT.-]{19}-[0-9a-f-]{36}$`),
    );
    expect(document).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      responseContext: { functionError: 'Unhandled' },
    });
    expect(rig.sources.status()[0]).toMatchObject({ givenUpRecords: 1, lagRecords: 0, lastError: null });
  });
});

describe('a batch that is not halved', () => {
  test('goes to the queue as metadata, and nothing of it is delivered again after a restart', async () => {
    await startRig(1, { retryAttempts: 0, onFailure: 'queue' });
    await rig.produce(range(0, 3).map((n) => (n === 1 ? { n, ask: 'exit' } : { n })));
    await drained();
    const [letter] = (await rig.letters()) as unknown as Record<string, unknown>[];
    expect(letter).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
      KafkaBatchInfo: {
        batchSize: 3,
        recordsInfo: { [`${rig.topic}-0`]: { firstRecordOffset: '0', lastRecordOffset: '2' } },
      },
    });
    expect(letter).not.toHaveProperty('payload');
    await rig.sources.close();
    rig.startSources();
    await rig.produce([{ n: 3 }]);
    await drained();
    expect(offsetsOf(rig.journal(), 0)).toEqual([3]);
  });

  test('goes to the topic record by record, under the keys that the records had', async () => {
    const topic = `test.failures.${process.pid}.${Date.now()}`;
    await startRig(1, { retryAttempts: 0, onFailure: `topic:${topic}` });
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [rig.kafka.bootstrapServers] });
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
    await admin.close();
    await rig.produce([
      { n: 0, key: 'a' },
      { n: 1, key: 'b', ask: 'exit' },
    ]);
    await drained();
    const found: unknown[] = [];
    for await (const records of readTopic({ connection: { bootstrapServers: rig.kafka.bootstrapServers }, topic })) {
      for (const { key, value } of records) {
        const { KafkaBatchInfo, payload } = JSON.parse(String(value)) as {
          readonly KafkaBatchInfo: { readonly recordInfo: { readonly offset: string } };
          readonly payload: MskEvent;
        };
        const [[record] = []] = Object.values(payload.records);
        found.push([String(key), KafkaBatchInfo.recordInfo.offset, record?.offset]);
      }
    }
    expect(found).toEqual([
      ['a', '0', 0],
      ['b', '1', 1],
    ]);
  });
});

describe('a destination that is away', () => {
  test('holds the partition, and gets the records when it is back', async () => {
    await startRig(2, { retryAttempts: 0, onFailure: 'queue', batchSize: 1 });
    await rig.queue.queue.close();
    await rig.produce([
      { n: 0, partition: 0, ask: 'exit' },
      { n: 1, partition: 0 },
      { n: 2, partition: 1 },
    ]);
    await until(() => rig.log.lines.some(({ message }) => message === 'the on-failure destination is away'), 20_000);
    await until(() => offsetsOf(rig.journal(), 1).length === 1);
    expect(offsetsOf(rig.journal(), 0)).toEqual([]);
    await rig.reopenQueue();
    await drained();
    expect(offsetsOf(rig.journal(), 0)).toEqual([1]);
    expect(await rig.letters()).toHaveLength(1);
  });
});

describe('a throttled function', () => {
  test('gets its records when there is room, however long that takes', async () => {
    await startRig(1, { retryAttempts: 0, onFailure: 'object-store' });
    rig.target.reserve(0);
    await rig.produce([{ n: 0 }, { n: 1 }]);
    await until(() => (rig.sources.status()[0]?.failedInvocations ?? 0) >= 5);
    rig.target.reserve(null);
    await drained();
    expect(offsetsOf(rig.journal(), 0)).toEqual([0, 1]);
    expect(rig.sources.status()[0]).toMatchObject({ givenUpRecords: 0 });
  });
});

describe('a new group', () => {
  test.each([
    ['at the latest record', () => 'latest' as const, [3, 4]],
    ['at a time', (middle: string) => ({ timestamp: middle }), [2, 3, 4]],
    ['at a time that no record has reached', () => ({ timestamp: '2090-01-01T00:00:00Z' }), [3, 4]],
  ])('begins %s when it says so', async (_where, startOf, expected) => {
    await startRig(1, {});
    await rig.produce([{ n: 0 }, { n: 1 }]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const middle = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await rig.produce([{ n: 2 }]);
    await drained();
    await rig.sources.close();
    const before = rig.journal().length;
    rig.startSources({}, { name: `${rig.consumer.name}-new`, startingPosition: startOf(middle) });
    await until(() => rig.sources.status()[0]?.partitions === 1);
    await drained();
    await rig.produce([{ n: 3 }]);
    await drained();
    // A start that moved with the time would pass over what came while nobody listened.
    await rig.sources.close();
    await rig.produce([{ n: 4 }]);
    rig.startSources({}, { name: `${rig.consumer.name}-new`, startingPosition: startOf(middle) });
    await drained();
    expect(offsetsOf(rig.journal().slice(before), 0)).toEqual(expected);
  });
});
