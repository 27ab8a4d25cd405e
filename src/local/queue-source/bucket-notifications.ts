import { failedInvocationPrefix } from '../../catalogue/queue-consumers.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { sqsCalls } from './sqs-call.ts';

export interface NotifyingStoreOptions {
  readonly objects: ObjectStore;
  /** Endpoint of the embedded queue, and the queue for the notifications. */
  readonly endpoint: string;
  readonly queueUrl: string;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
}

const bucket = 'event-bus-objects';

/**
 * A store that tells a queue of each new object below the prefix of failed invocations, as a bucket with notifications
 * does. `announceAll` tells again of those that are there: a program that is killed between the two would leave one
 * untold.
 */
export function notifyingStore(options: NotifyingStoreOptions): ObjectStore & { announceAll(): Promise<number> } {
  const { objects, endpoint, queueUrl, clock = Date.now } = options;
  const call = sqsCalls(endpoint);
  const announce = (key: string, size: number) =>
    call('SendMessage', { QueueUrl: queueUrl, MessageBody: JSON.stringify(notification(key, size, clock())) });
  return {
    get: (key, how) => objects.get(key, how),
    list: (prefix, how) => objects.list(prefix, how),
    delete: (key, how) => objects.delete(key, how),
    async put(key, bytes, how) {
      await objects.put(key, bytes, how);
      if (key.startsWith(failedInvocationPrefix)) await announce(key, bytes.length);
    },
    async announceAll() {
      let count = 0;
      for await (const { key, bytes } of objects.list(failedInvocationPrefix)) {
        await announce(key, bytes);
        count += 1;
      }
      return count;
    },
  };
}

/** An event message of S3, version 2.1. */
function notification(key: string, size: number, nowMs: number): object {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'eu-west-1',
        eventTime: new Date(nowMs).toISOString(),
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'local' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: {},
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'failed-invocations',
          bucket: { name: bucket, ownerIdentity: { principalId: 'local' }, arn: `arn:aws:s3:::${bucket}` },
          object: { key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'), size },
        },
      },
    ],
  };
}
