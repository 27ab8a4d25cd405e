import { GetQueueAttributesCommand, type QueueAttributeName, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { failedInvocationsQueueName } from '../../../src/catalogue/queue-consumers.ts';
import { notifyingStore } from '../../../src/local/queue-source/bucket-notifications.ts';
import { startQueueSource } from '../../../src/local/queue-source/queue-source.ts';
import { makeFolderObjectStore } from '../../../src/ports/object-store/object-store.folder.ts';
import { memoryLog } from '../../make/batch-engine.ts';
import { startTestQueue, type TestQueue } from '../../make/embedded-queue.ts';

interface SqsEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

const consumer = {
  name: 'reader',
  batchSize: 10,
  batchWindowSeconds: 0,
  concurrency: 2,
  memoryMb: 128,
  timeoutMs: 1_000,
  description: 'For tests.',
};
const cleanup: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});

async function startQueue(names: readonly string[]): Promise<TestQueue> {
  const test = await startTestQueue(names);
  cleanup.push(() => test.close());
  return test;
}

/** A source whose function is the test's, and what it was called with. */
function startSource(test: TestQueue, names: readonly string[], answer: (event: SqsEvent) => unknown) {
  const events: SqsEvent[] = [];
  const log = memoryLog();
  const source = startQueueSource({
    endpoint: test.queue.url,
    queues: names.map((name) => ({ name, url: test.queue.queueUrl(name) })),
    consumer,
    target: {
      invoke: async (payload) => {
        const event = (payload as { readonly value: unknown }).value as SqsEvent;
        events.push(event);
        return answer(event);
      },
    },
    log,
    backoff: { baseMs: 0, capMs: 0 },
  });
  cleanup.push(() => source.close());
  return { source, events, log };
}

async function send(test: TestQueue, name: string, ...bodies: readonly string[]): Promise<void> {
  for (const MessageBody of bodies) {
    await test.client.send(new SendMessageCommand({ QueueUrl: test.queue.queueUrl(name), MessageBody }));
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !condition(); ) {
    if (Date.now() > deadline) throw new Error(`not so within 20 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Messages that the queue still has, hidden or not. */
async function left(test: TestQueue, name: string): Promise<number> {
  const AttributeNames: QueueAttributeName[] = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
  const request = new GetQueueAttributesCommand({ QueueUrl: test.queue.queueUrl(name), AttributeNames });
  const { Attributes = {} } = await test.client.send(request);
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

describe('the source of queues', () => {
  test('hands messages over as Lambda does, and deletes what the function has done', async () => {
    const queue = await startQueue(['one']);
    const { source, events } = startSource(queue, ['one'], () => ({ batchItemFailures: [] }));
    await send(queue, 'one', '{"a":1}');
    await until(() => events.length > 0);
    await source.close();
    expect(events).toEqual([
      {
        Records: [
          {
            messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            receiptHandle: expect.any(String),
            body: '{"a":1}',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: expect.stringMatching(/^\d{13}$/),
              SenderId: expect.any(String),
              ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            },
            messageAttributes: {},
            md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:one',
            awsRegion: 'eu-west-1',
          },
        ],
      },
    ]);
    expect(await left(queue, 'one')).toBe(0);
  });

  test('delivers only the messages again that the function reports', async () => {
    const queue = await startQueue(['one']);
    const tries = new Map<string, number>();
    const answer = ({ Records }: SqsEvent) => {
      for (const { body } of Records) tries.set(body, (tries.get(body) ?? 0) + 1);
      const failed = Records.filter(({ body }) => body === 'bad' && (tries.get('bad') ?? 0) < 3);
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };
    const { source } = startSource(queue, ['one'], answer);
    await send(queue, 'one', 'good', 'bad', 'fine');
    // The one that fails may be through all its tries before the last one is sent.
    await until(() => tries.get('bad') === 3 && tries.has('fine'));
    await source.close();
    expect(Object.fromEntries(tries)).toEqual({ bad: 3, fine: 1, good: 1 });
    expect(await left(queue, 'one')).toBe(0);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('crashed'))],
    ['answers something else', () => ({ batchItemFailures: 'all' })],
    ['names a message that it was not given', () => ({ batchItemFailures: [{ itemIdentifier: 'other' }] })],
  ])('delivers the whole batch again when the function %s', async (_name, fail) => {
    const queue = await startQueue(['one']);
    let failing = true;
    const { source, events, log } = startSource(queue, ['one'], () => (failing ? fail() : null));
    await send(queue, 'one', 'a');
    await until(() => events.length >= 2);
    failing = false;
    const seen = events.length;
    await until(() => events.length > seen);
    await source.close();
    expect(new Set(events.flatMap(({ Records }) => Records.map(({ body }) => body)))).toEqual(new Set(['a']));
    expect(log.lines.length).toBeGreaterThan(0);
    expect(await left(queue, 'one')).toBe(0);
  });

  test('keeps an event below the 6 MB of an invocation', async () => {
    const queue = await startQueue(['one']);
    const body = '"'.repeat(1_000_000);
    await send(queue, 'one', ...Array.from({ length: 5 }, () => body));
    const { events } = startSource(queue, ['one'], () => null);
    await until(() => events.flatMap(({ Records }) => Records).length === 5);
    for (const event of events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(6 * 1_048_576);
    expect(events.length).toBeGreaterThan(1);
  });

  test('reads several queues, and goes on after the endpoint was away', async () => {
    const queue = await startQueue(['one', 'two']);
    const url = queue.queue.queueUrl('absent');
    const { events, log } = startSource(queue, ['one', 'two', 'absent'], () => null);
    await send(queue, 'one', 'a');
    await send(queue, 'two', 'b');
    await until(() => events.length === 2 && log.lines.length > 0);
    expect(log.lines[0]?.fields).toMatchObject({ queue: 'absent', reason: expect.stringContaining('does not exist') });
    expect(url).toContain('absent');
  });
});

describe('a bucket of failed invocations', () => {
  test('tells of each object below Lambda’s prefix, also of those that a killed program left untold', async () => {
    const queue = await startQueue([failedInvocationsQueueName]);
    const objects = makeFolderObjectStore({ directory: `${queue.dataDir}/objects` });
    const told = { objects, endpoint: queue.queue.url, queueUrl: queue.queue.queueUrl(failedInvocationsQueueName) };
    await objects.put('aws/lambda/id/t-0/old record', Buffer.from('{}'));
    const store = notifyingStore(told);
    expect(await store.announceAll()).toBe(1);
    await store.put('aws/lambda/id/t-0/new+record', Buffer.from('{}'));
    await store.put('dead-letters/a', Buffer.from('{}'));
    const { events } = startSource(queue, [failedInvocationsQueueName], () => null);
    const keys = () =>
      events.flatMap(({ Records }) => Records.map(({ body }) => JSON.parse(body).Records[0].s3.object.key as string));
    await until(() => keys().length === 2);
    expect(keys().toSorted()).toEqual(['aws/lambda/id/t-0/new%2Brecord', 'aws/lambda/id/t-0/old+record']);
  });
});
