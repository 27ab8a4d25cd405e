import type { FailureDestination } from '../../catalogue/model.ts';
import { uuidsIn } from '../../codec/name-based-uuid.ts';
import type { MskEvent, MskRecord } from '../../consumers/batch/msk-event.ts';
import { AppError } from '../../core/errors/app-error.ts';
import {
  type FailedBatch,
  type FailureContext,
  failureMessage,
  failureMetadata,
  failureObject,
  failureObjectKey,
} from '../../core/failure-record.ts';
import type { OutgoingRecord } from '../../kafka/outgoing.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';

/** What mappings leave failed records at. */
export interface FailureSinks {
  /** Sends a message to the dead-letter queue of a consumer. */
  readonly sendMessage: (consumer: string, body: string) => Promise<void>;
  readonly objects: Pick<ObjectStore, 'put'>;
  readonly publisher: { send(records: readonly OutgoingRecord[]): Promise<void> };
}

/** Records of one partition that a mapping gave up, as the event that they would be delivered in. */
export interface FailedDelivery {
  /** The same however often it is tried. */
  readonly id: string;
  readonly event: MskEvent;
  readonly context: FailureContext;
}

/** Leaves failed records somewhere; rejects when they are not durably there. */
export type SendFailure = (failed: FailedDelivery) => Promise<void>;

const mappingIds = uuidsIn('0b6f3c52-9d0e-5a7c-8f43-2a1de0c6b7d9');

/** The way to a consumer's on-failure destination, with the documents that Lambda sends there. */
export function failureDestination(
  destination: FailureDestination,
  mapping: { readonly consumer: string; readonly topic: string },
  sinks: FailureSinks,
): SendFailure {
  if (destination === 'queue') {
    return ({ event, context }) => {
      const body = failureMetadata(failedBatch(event), context);
      return sinks.sendMessage(mapping.consumer, JSON.stringify(body));
    };
  }
  if (destination === 'object-store') {
    const id = mappingIds(`${mapping.consumer}/${mapping.topic}`);
    return ({ id: random, event, context }) => {
      const batch = failedBatch(event);
      const key = failureObjectKey(batch.partition, { mapping: id, random }, context.nowMs);
      const document = failureObject(batch, context, JSON.stringify(event));
      return sinks.objects.put(key, Buffer.from(JSON.stringify(document)), { contentType: 'application/json' });
    };
  }
  const topic = destination.slice('topic:'.length);
  return (failed) => sendToTopic(topic, failed, sinks);
}

/** Each record goes by itself, under its own key, so that the order of a key is kept. */
async function sendToTopic(topic: string, { event, context }: FailedDelivery, { publisher }: FailureSinks) {
  for (const [name, records] of Object.entries(event.records)) {
    for (const record of records) {
      const single = { ...event, records: { [name]: [record] } };
      const message = failureMessage(failedBatch(single), context, single);
      const key = record.key === undefined ? null : Buffer.from(record.key, 'base64');
      const outgoing = (value: object) => [{ topic, key, value: Buffer.from(JSON.stringify(value)), headers: {} }];
      await publisher.send(outgoing(message)).catch((error: unknown) => {
        // In its JSON form a record may be larger than the cluster takes; the metadata still lead to it.
        if (!(error instanceof AppError) || error.failure !== 'poison') throw error;
        return publisher.send(outgoing({ ...message, payload: null }));
      });
    }
  }
}

function failedBatch(event: MskEvent): FailedBatch {
  const [partition, records] = Object.entries(event.records)[0] as [string, readonly MskRecord[]];
  return {
    partition,
    records: records.length,
    first: placeOf(records[0] as MskRecord),
    last: placeOf(records.at(-1) as MskRecord),
    payloadBytes: Buffer.byteLength(JSON.stringify(event)),
  };
}

function placeOf({ offset, timestamp }: MskRecord): FailedBatch['first'] {
  return { offset, timestampMs: timestamp };
}
