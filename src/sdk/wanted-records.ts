import { headers } from '../catalogue/headers.ts';
import { topicNamed } from '../catalogue/lookup.ts';
import type { RawRecord } from '../kafka/record-decoding.ts';
import type { Selection } from './topic-choice.ts';

/**
 * Records that may concern the subscription, judged by their headers alone, so that what is for others costs no
 * decoding and cannot fail here. A record without a type header is kept: its type may stand in its value. In a
 * compacted topic a record without value only says that a key is gone; it is no event.
 */
export function wantedRecords(records: readonly RawRecord[], { types }: Selection): readonly RawRecord[] {
  return records.filter((record) => {
    if (record.value === null && topicNamed(record.topic)?.cleanup !== 'delete') return false;
    const wanted = types.get(record.topic);
    if (wanted === undefined) return true;
    const type = record.headers.find(([name]) => name === headers.type)?.[1];
    return type === undefined || type === null || wanted.has(type.toString());
  });
}
