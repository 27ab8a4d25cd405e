import { topicNamed } from '../catalogue/lookup.ts';
import { AppError } from '../core/errors/app-error.ts';
import type { OutgoingRecord } from './outgoing.ts';
import { encodeRecord, maxRecordBytes } from './record-encoding.ts';

/** The largest record of a topic, bytes: Kafka's default limit of a batch less room for the batch's header. */
export const largestRecordBytes = 1_048_000;

/** What a publisher reckons for key and headers of a record whose value nearly fills the limit. */
const reserveBytes = 128;

/**
 * Refuses a record that a publisher would refuse later. For what is kept to be published after a commit: before it
 * whoever is at fault can still be told.
 * @throws AppError EVENTBUS_KAFKA_TOPIC_UNKNOWN, EVENTBUS_KAFKA_RECORD_TOO_LARGE
 */
export function requirePublishable(record: OutgoingRecord): void {
  const { topic } = record;
  if (topicNamed(topic) === undefined) {
    throw new AppError('EVENTBUS_KAFKA_TOPIC_UNKNOWN', `the catalogue has no "${topic}"`, { details: { topic } });
  }
  const boundBytes = maxRecordBytes(record);
  if (boundBytes + reserveBytes <= largestRecordBytes) return;
  const { start, end } = encodeRecord(record, { offsetDelta: 0, timestampDelta: 0, boundBytes });
  if (end - start + reserveBytes <= largestRecordBytes) return;
  const what = `${end - start} bytes for ${topic} with key and headers, allowed are ${largestRecordBytes - reserveBytes}`;
  throw new AppError('EVENTBUS_KAFKA_RECORD_TOO_LARGE', what, { details: { topic } });
}
