import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { deadLetterQueueCases, letterFor } from '../../src/ports/dead-letter-queue/dead-letter-queue.cases.ts';
import { makeSqsDeadLetterQueue } from '../../src/ports/dead-letter-queue/dead-letter-queue.sqs.ts';
import type { DeadLetter } from '../../src/ports/dead-letter-queue/dead-letter-queue.ts';
import { sqsClient, startTestQueue } from '../make/embedded-queue.ts';

async function readAll(client: SQSClient, QueueUrl: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (;;) {
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages === undefined) return letters;
    for (const { Body = '', ReceiptHandle } of Messages) {
      letters.push(JSON.parse(Body) as DeadLetter);
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

deadLetterQueueCases('SQS’s protocol, answered by the embedded queue', async () => {
  const started = await startTestQueue(['dead']);
  const { queue, client } = started;
  const queueUrl = queue.queueUrl('dead');
  return {
    queue: makeSqsDeadLetterQueue({ queueUrl, client }),
    readAll: () => readAll(client, queueUrl),
    close: () => started.close(),
  };
});

describe('a queue that cannot take letters', () => {
  test('that is away is a dependency failure which names it', async () => {
    const client = sqsClient('http://127.0.0.1:1');
    const queue = makeSqsDeadLetterQueue({ queueUrl: 'http://127.0.0.1:1/000000000000/dead', client });
    const failed = queue.send([letterFor(1)]);
    await expect(failed).rejects.toMatchObject({
      code: 'EVENTBUS_CONSUMER_DEAD_LETTERS_UNAVAILABLE',
      failure: 'dependency',
    });
    await expect(failed).rejects.toThrow('127.0.0.1:1');
    client.destroy();
  });

  test('that does not exist is a dependency failure too', async () => {
    const started = await startTestQueue([]);
    const { queue, client } = started;
    const missing = makeSqsDeadLetterQueue({ queueUrl: queue.queueUrl('missing'), client });
    await expect(missing.send([letterFor(1)])).rejects.toThrow('The specified queue does not exist: missing.');
    await started.close();
  });
});
