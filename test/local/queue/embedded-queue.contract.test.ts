import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startEmbeddedQueue } from '../../../src/local/queue/embedded-queue.ts';
import { sqsClient, startTestQueue, type TestQueue } from '../../make/embedded-queue.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

let skewMs = 0;
let running: TestQueue;
let url: string;
const send = (MessageBody: string) => running.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
const receive = (options: Partial<ConstructorParameters<typeof ReceiveMessageCommand>[0]> = {}) =>
  running.client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, ...options }));
const bodies = async () => ((await receive()).Messages ?? []).map(({ Body }) => Body);

beforeAll(async () => {
  running = await startTestQueue(['letters'], () => Date.now() + skewMs);
  url = running.queue.queueUrl('letters');
});
afterAll(() => running.close());
beforeEach(async () => {
  skewMs = 0;
  await running.client.send(new PurgeQueueCommand({ QueueUrl: url }));
});

describe('messages, through the AWS SDK with its MD5 checks', () => {
  test('come back in the order they were sent, with attributes and receive count', async () => {
    await send('first ü');
    await running.client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'second',
        MessageAttributes: {
          code: { DataType: 'String', StringValue: 'EVENTBUS_X' },
          raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2, 255]) },
        },
      }),
    );
    const { Messages = [] } = await receive({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
    expect(Messages.map(({ Body }) => Body)).toEqual(['first ü', 'second']);
    expect(Messages[1]?.MessageAttributes?.['code']?.StringValue).toBe('EVENTBUS_X');
    expect([...(Messages[1]?.MessageAttributes?.['raw']?.BinaryValue ?? [])]).toEqual([1, 2, 255]);
    expect(Messages[0]?.Attributes?.['ApproximateReceiveCount']).toBe('1');
  });

  test('have the attribute digest of the developer guide’s algorithm', async () => {
    const sent = await running.client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'x',
        MessageAttributes: { name: { DataType: 'String', StringValue: 'value' } },
      }),
    );
    // md5 of 00000004 "name" 00000006 "String" 01 00000005 "value", computed with md5sum.
    expect(sent.MD5OfMessageAttributes).toBe('25ada41cad9d6e55ad5a2b3d2da508a2');
  });

  test('are hidden while in flight, come back after the visibility timeout, and are gone once deleted', async () => {
    await send('once');
    const first = await receive({ VisibilityTimeout: 20 });
    expect(first.Messages).toHaveLength(1);
    expect(await bodies()).toEqual([]);
    skewMs = 21_000;
    const again = (await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] })).Messages?.[0];
    expect(again?.Attributes?.['ApproximateReceiveCount']).toBe('2');
    await running.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again?.ReceiptHandle }));
    skewMs = 100_000;
    expect(await bodies()).toEqual([]);
  });

  test('become visible at once when their visibility is set to 0', async () => {
    await send('back');
    const ReceiptHandle = (await receive()).Messages?.[0]?.ReceiptHandle;
    const command = new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 });
    await running.client.send(command);
    expect(await bodies()).toEqual(['back']);
  });

  test('wake a long poll as they arrive', async () => {
    const started = performance.now();
    const waiting = receive({ WaitTimeSeconds: 5 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await send('wake up');
    expect((await waiting).Messages?.[0]?.Body).toBe('wake up');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('are dropped when the queue no longer keeps them', async () => {
    await send('old');
    skewMs = 15 * 86_400_000;
    expect(await bodies()).toEqual([]);
  });

  test('of a batch are taken one by one; the one that SQS would refuse is named', async () => {
    const { Successful, Failed } = await running.client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'good', MessageBody: 'good' },
          { Id: 'bad', MessageBody: 'control \u0001 character' },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
    expect(Failed).toEqual([expect.objectContaining({ Id: 'bad', SenderFault: true, Code: 'InvalidMessageContents' })]);
    expect(await bodies()).toEqual(['good']);
  });

  test('can be deleted ten at a time', async () => {
    await send('a');
    await send('b');
    const { Messages = [] } = await receive();
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    const { Successful } = await running.client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
    expect(Successful).toHaveLength(2);
    skewMs = 60_000;
    expect(await bodies()).toEqual([]);
  });
});

describe('limits', () => {
  test('a message of exactly 1 MiB is taken, one byte more is refused', async () => {
    await send('x'.repeat(1_048_576));
    await expect(send('x'.repeat(1_048_577))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    expect((await bodies())[0]).toHaveLength(1_048_576);
  });

  test.each([
    [
      'more than 1 MiB in all',
      [1, 2].map((n) => ({ Id: `${n}`, MessageBody: 'x'.repeat(600_000) })),
      'BatchRequestTooLong',
    ],
    ['no entry', [], 'EmptyBatchRequest'],
    ['an id twice', ['a', 'a'].map((Id) => ({ Id, MessageBody: 'x' })), 'BatchEntryIdsNotDistinct'],
    [
      'eleven entries',
      Array.from({ length: 11 }, (_, n) => ({ Id: `${n}`, MessageBody: 'x' })),
      'TooManyEntriesInBatchRequest',
    ],
  ])('a batch with %s is refused as a whole', async (_name, Entries, name) => {
    const refused = running.client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    await expect(refused).rejects.toMatchObject({ name });
    expect(await bodies()).toEqual([]);
  });
});

describe('queues', () => {
  test('are made once, found by name and prefix, and described', async () => {
    const { client } = running;
    const created = await client.send(
      new CreateQueueCommand({ QueueName: 'other-1', Attributes: { DelaySeconds: '7' } }),
    );
    expect(created.QueueUrl).toBe(running.queue.queueUrl('other-1'));
    expect((await client.send(new GetQueueUrlCommand({ QueueName: 'other-1' }))).QueueUrl).toBe(created.QueueUrl);
    expect((await client.send(new ListQueuesCommand({ QueueNamePrefix: 'oth' }))).QueueUrls).toEqual([
      created.QueueUrl,
    ]);
    await send('one');
    await send('two');
    await receive({ MaxNumberOfMessages: 1 });
    const described = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(described.Attributes).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      MessageRetentionPeriod: '1209600',
    });
  });

  test('that do not exist, and actions that are not offered, are errors the SDK understands', async () => {
    const { client } = running;
    const nowhere = new SendMessageCommand({ QueueUrl: running.queue.queueUrl('nowhere'), MessageBody: 'x' });
    await expect(client.send(nowhere)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const response = await fetch(running.queue.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.TagQueue' },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'com.amazonaws.sqs#UnsupportedOperation' });
    const garbage = await fetch(running.queue.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.SendMessage' },
      body: '[1,',
    });
    expect(await garbage.json()).toMatchObject({ __type: 'com.amazonaws.sqs#SerializationException' });
  });

  test('survive a restart with their messages, also on another port', async () => {
    const directory = temporaryDirectory();
    const first = await startEmbeddedQueue({ dataDir: directory.path, queues: ['kept'] });
    const before = sqsClient(first.url);
    await before.send(new SendMessageCommand({ QueueUrl: first.queueUrl('kept'), MessageBody: 'still here' }));
    before.destroy();
    await first.close();
    const second = await startEmbeddedQueue({ dataDir: directory.path, queues: ['kept'] });
    const after = sqsClient(second.url);
    const { Messages } = await after.send(new ReceiveMessageCommand({ QueueUrl: second.queueUrl('kept') }));
    expect(Messages?.[0]?.Body).toBe('still here');
    after.destroy();
    await second.close();
    directory.remove();
  });

  test('a port that is taken is a coded error', async () => {
    const directory = temporaryDirectory();
    const port = Number(new URL(running.queue.url).port);
    await expect(startEmbeddedQueue({ dataDir: directory.path, port })).rejects.toMatchObject({
      code: 'EVENTBUS_QUEUE_PORT',
    });
    directory.remove();
  });
});
