import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import type { DeadLetter } from '../../src/core/dead-letters/dead-letter.ts';
import { deadLetterQueueCases, letterFor } from '../../src/ports/dead-letter-queue/dead-letter-queue.cases.ts';
import { makeSqsDeadLetterQueue } from '../../src/ports/dead-letter-queue/dead-letter-queue.sqs.ts';
import { makeFolderObjectStore } from '../../src/ports/object-store/object-store.folder.ts';
import { sqsClient, startTestQueue } from '../make/embedded-queue.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

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
  const folder = temporaryDirectory();
  const objects = makeFolderObjectStore({ directory: folder.path });
  return {
    queue: makeSqsDeadLetterQueue({ queueUrl, client, objects: () => objects }),
    objects,
    readAll: () => readAll(client, queueUrl),
    close: async () => {
      folder.remove();
      await started.close();
    },
  };
});

const objects = (): never => {
  throw new Error('no letter of these tests is too large for a message');
};

describe('a queue that cannot take letters', () => {
  test('that is away is a dependency failure which names it', async () => {
    const client = sqsClient('http://127.0.0.1:1');
    const queue = makeSqsDeadLetterQueue({ queueUrl: 'http://127.0.0.1:1/000000000000/dead', client, objects });
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
    const missing = makeSqsDeadLetterQueue({ queueUrl: queue.queueUrl('missing'), client, objects });
    await expect(missing.send([letterFor(1)])).rejects.toThrow('The specified queue does not exist: missing.');
    await started.close();
  });

  test('whose object store is away is the store’s dependency failure, before any letter is sent', async () => {
    const started = await startTestQueue(['dead']);
    const folder = temporaryDirectory();
    const blocked = join(folder.path, 'file');
    writeFileSync(blocked, 'no folder');
    const queueUrl = started.queue.queueUrl('dead');
    const away = makeFolderObjectStore({ directory: blocked });
    const queue = makeSqsDeadLetterQueue({ queueUrl, client: started.client, objects: () => away });
    const large = letterFor(2, { value: 'A'.repeat(2_000_000) });
    await expect(queue.send([letterFor(1), large])).rejects.toMatchObject({
      code: 'EVENTBUS_OBJECT_STORE_UNAVAILABLE',
      failure: 'dependency',
    });
    expect(await readAll(started.client, queueUrl)).toEqual([]);
    folder.remove();
    await started.close();
  });

  test('that takes requests and does not answer is left when the caller’s time is over', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = sqsClient(url);
    const queue = makeSqsDeadLetterQueue({ queueUrl: `${url}/000000000000/dead`, client, objects });
    await expect(queue.send([letterFor(1)], { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'EVENTBUS_CONSUMER_DEAD_LETTERS_UNAVAILABLE',
      failure: 'dependency',
    });
    client.destroy();
    silent.closeAllConnections();
    silent.close();
  });
});
