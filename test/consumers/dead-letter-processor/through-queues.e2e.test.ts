import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  deadLetterQueueName,
  failedInvocationsQueueName,
  queueConsumers,
} from '../../../src/catalogue/queue-consumers.ts';
import type { DeadLetterProcessor } from '../../../src/consumers/dead-letter-processor/handler.ts';
import { notifyingStore } from '../../../src/local/queue-source/bucket-notifications.ts';
import { type QueueSource, startQueueSource } from '../../../src/local/queue-source/queue-source.ts';
import { makeSqsDeadLetterQueue } from '../../../src/ports/dead-letter-queue/dead-letter-queue.sqs.ts';
import { getLetter } from '../../../src/ports/object-store/stored-letter.ts';
import { memoryLog } from '../../make/batch-engine.ts';
import { deadLetter, makeProcessorRig, type ProcessorRig } from '../../make/dead-letters.ts';
import { startTestQueue, type TestQueue } from '../../make/embedded-queue.ts';
import { mskEvent, mskRecord } from '../../make/msk-event.ts';

const name = deadLetterQueueName('timeseries-writer');
let rig: ProcessorRig;
let queue: TestQueue;
let source: QueueSource | undefined;

beforeAll(async () => {
  rig = await makeProcessorRig();
  queue = await startTestQueue([name, failedInvocationsQueueName]);
});
afterAll(async () => {
  await queue.close();
  await rig.close();
});
beforeEach(() => rig.reset());
afterEach(() => source?.close());

function startProcessing(process: DeadLetterProcessor): void {
  source = startQueueSource({
    endpoint: queue.queue.url,
    queues: [name, failedInvocationsQueueName].map((each) => ({ name: each, url: queue.queue.queueUrl(each) })),
    consumer: queueConsumers[0],
    target: { invoke: (payload) => process((payload as { readonly value: unknown }).value) },
    log: memoryLog(),
    backoff: { baseMs: 0, capMs: 0 },
  });
}

async function messagesLeft(): Promise<number> {
  const { Attributes = {} } = await queue.client.send(
    new GetQueueAttributesCommand({
      QueueUrl: queue.queue.queueUrl(name),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

/** Waits until something is so, for half a minute; the caller's expectation tells what is there instead. */
async function untilSo(so: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await so()) && Date.now() < end) await sleep(10);
}

async function drained(): Promise<void> {
  await untilSo(async () => (await messagesLeft()) === 0);
  expect(await messagesLeft()).toBe(0);
}

const sender = () =>
  makeSqsDeadLetterQueue({
    queueUrl: queue.queue.queueUrl(name),
    client: queue.client,
    objects: () => rig.objects,
  });

describe('from a consumer to the tables', () => {
  test('a letter of 3 MB comes back byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 31 + (index >> 9)) & 0xff));
    const sent = deadLetter(7, { value: bytes.toString('base64') });
    await sender().send([deadLetter(6), sent]);
    startProcessing(rig.process);
    await drained();
    const rows = await rig.rows<{ key: Buffer; bytes: number; payload: string; headers: unknown }>(
      'select key, value_bytes as bytes, payload_key as payload, headers from dead_letter order by "offset"',
    );
    expect(rows.map((row) => row.bytes)).toEqual([7, 3_000_000]);
    expect(rows[1]).toMatchObject({ key: Buffer.from('car-7'), headers: sent.headers });
    const back = await getLetter(rig.objects, rows[1]?.payload ?? '');
    expect(back).toEqual(sent);
    expect(Buffer.from(back?.value ?? '', 'base64').equals(bytes)).toBe(true);
  });

  test('garbage among letters and their copies leaves each letter once and the queue empty', async () => {
    const letters = Array.from({ length: 30 }, (_, offset) => deadLetter(offset));
    for (const [index, letter] of letters.entries()) {
      await sender().send(index % 3 === 0 ? [letter, letter] : [letter]);
      if (index % 2 > 0) continue;
      const MessageBody = index % 4 === 0 ? 'garbage' : '{"Records":[{"eventSource":"aws:s3"}]}';
      await queue.client.send(new SendMessageCommand({ QueueUrl: queue.queue.queueUrl(name), MessageBody }));
    }
    startProcessing(rig.process);
    await drained();
    expect(await rig.rows('select count(*) as letters, sum(attempts)::integer as attempts from dead_letter')).toEqual([
      { letters: 30, attempts: 60 },
    ]);
    expect(rig.notices().filter(({ type }) => type === 'Dead-letter message put aside')).toHaveLength(15);
  });

  test('a processor that crashes at any step loses nothing and doubles nothing', async () => {
    const steps = ['put', 'publish'] as const;
    let crashes = 0;
    const crashing = (step: (typeof steps)[number]) => () => {
      crashes += 1;
      return Promise.reject(new Error(`killed at ${step}`));
    };
    const broken = [
      rig.with({ objects: { ...rig.objects, put: crashing('put') } }),
      rig.with({ router: { publish: crashing('publish') } }),
    ];
    await sender().send([deadLetter(1), deadLetter(2)]);
    let call = 0;
    startProcessing((event) => (broken[call++] ?? rig.process)(event));
    await drained();
    expect(crashes).toBeGreaterThan(0);
    expect(await rig.rows('select "offset", attempts from dead_letter order by 1')).toEqual([
      { offset: 1, attempts: 2 },
      { offset: 2, attempts: 2 },
    ]);
    expect(rig.notices().map(({ detail }) => detail['letters'])).toEqual([2]);
  });
});

test('the record of an invocation that crashed becomes letters as soon as it lies in the bucket', async () => {
  const event = mskEvent([mskRecord({ offset: 1 }), mskRecord({ offset: 2 })]);
  const record = {
    requestContext: { functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:alert-evaluator', condition: 'x' },
    timestamp: '2026-11-21T10:00:06.021Z',
    payload: JSON.stringify(event),
  };
  startProcessing(rig.process);
  const bucket = notifyingStore({
    objects: rig.objects,
    endpoint: queue.queue.url,
    queueUrl: queue.queue.queueUrl(failedInvocationsQueueName),
  });
  await bucket.put('aws/lambda/mapping/vehicle.telemetry.v1-0/one', Buffer.from(JSON.stringify(record)));
  const stored = () => rig.rows<{ consumer: string }>('select consumer from dead_letter');
  await untilSo(async () => (await stored()).length >= 2);
  expect(await stored()).toEqual([{ consumer: 'alert-evaluator' }, { consumer: 'alert-evaluator' }]);
});
