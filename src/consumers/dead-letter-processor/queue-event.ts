import { AppError } from '../../core/errors/app-error.ts';

/** One message as Lambda's SQS event source hands it over. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  /** `arn:aws:sqs:<region>:<account>:<queue>` */
  readonly eventSourceARN: string;
  readonly attributes: { readonly ApproximateReceiveCount?: string };
}

/** The answer with `ReportBatchItemFailures`: messages that are to be delivered again. */
export interface QueueBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Objects that a bucket tells of. */
export interface CreatedObject {
  readonly bucket: string;
  readonly key: string;
}

/** What the function may be called with: messages of queues, or a bucket's own notification. */
export type ProcessorEvent =
  | { readonly kind: 'messages'; readonly messages: readonly QueueMessage[] }
  | { readonly kind: 'objects'; readonly objects: readonly CreatedObject[] };

/**
 * Accepts what an SQS event source mapping or a bucket sends.
 * @throws AppError EVENTBUS_CONSUMER_EVENT_SHAPE
 */
export function parseEvent(event: unknown): ProcessorEvent {
  const records = (event as { readonly Records?: unknown } | null)?.Records;
  if (!Array.isArray(records)) throw shape('it has no list Records');
  const objects = createdObjects(event);
  if (objects !== null) return { kind: 'objects', objects };
  return { kind: 'messages', messages: records.map(messageOf) };
}

function messageOf(record: unknown, index: number): QueueMessage {
  const { messageId, body, eventSource, eventSourceARN, attributes } = (record ?? {}) as Record<string, unknown>;
  if (eventSource !== 'aws:sqs') throw shape(`Records[${index}].eventSource is ${JSON.stringify(eventSource)}`);
  if (typeof messageId !== 'string' || typeof body !== 'string') {
    throw shape(`Records[${index}] has no messageId or no body`);
  }
  return {
    messageId,
    body,
    eventSourceARN: typeof eventSourceARN === 'string' ? eventSourceARN : '',
    attributes: attributes ?? {},
  };
}

/** Objects of a bucket's notification; `null` when it is none. A test notification tells of no object. */
export function createdObjects(notification: unknown): readonly CreatedObject[] | null {
  const { Event, Records } = (notification ?? {}) as { readonly Event?: unknown; readonly Records?: unknown };
  if (Event === 's3:TestEvent') return [];
  if (!Array.isArray(Records) || Records.length === 0) return null;
  const objects: CreatedObject[] = [];
  for (const record of Records as readonly unknown[]) {
    const { eventSource, eventName, s3 } = (record ?? {}) as {
      readonly eventSource?: unknown;
      readonly eventName?: unknown;
      readonly s3?: { readonly bucket?: { readonly name?: unknown }; readonly object?: { readonly key?: unknown } };
    };
    const [bucket, key] = [s3?.bucket?.name, s3?.object?.key];
    if (eventSource !== 'aws:s3' || typeof bucket !== 'string' || typeof key !== 'string') return null;
    if (typeof eventName === 'string' && !eventName.startsWith('ObjectCreated')) continue;
    objects.push({ bucket, key: keyIn(key) });
  }
  return objects;
}

/** Keys in notifications are written as forms are: a blank is a plus sign. */
function keyIn(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function shape(what: string): AppError {
  return new AppError('EVENTBUS_CONSUMER_QUEUE_EVENT_SHAPE', what);
}
