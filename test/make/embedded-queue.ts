import { SQSClient } from '@aws-sdk/client-sqs';
import { type EmbeddedQueue, startEmbeddedQueue } from '../../src/local/queue/embedded-queue.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface TestQueue {
  readonly queue: EmbeddedQueue;
  readonly client: SQSClient;
  readonly dataDir: string;
  /** The same queue on the same port, after it was closed alone. */
  reopened(): Promise<TestQueue>;
  close(): Promise<void>;
}

/** The AWS SDK's client for an embedded queue. */
export function sqsClient(endpoint: string): SQSClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SQSClient({ endpoint, region: 'local', credentials, maxAttempts: 1 });
}

export async function startTestQueue(
  queues: readonly string[],
  clock: () => number = Date.now,
  port = 0,
): Promise<TestQueue> {
  const directory = temporaryDirectory();
  const open = async (at: number): Promise<TestQueue> => {
    const queue = await startEmbeddedQueue({ dataDir: directory.path, queues, clock, port: at });
    const client = sqsClient(queue.url);
    return {
      queue,
      client,
      dataDir: directory.path,
      reopened: () => open(Number(new URL(queue.url).port)),
      close: async () => {
        client.destroy();
        await queue.close();
        directory.remove();
      },
    };
  };
  return open(port);
}
