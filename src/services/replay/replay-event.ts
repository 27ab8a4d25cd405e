import type { MskEvent } from '../../consumers/batch/msk-event.ts';
import { mskRecordOf } from '../../consumers/batch/msk-record.ts';
import { sizeGroups } from '../../core/size-groups.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';

/** Largest event of a synchronous invocation is 6 MB; the rest is room for what is counted roughly. */
const maxEventCharacters = 5_000_000;

/** Rough length of a record in the event's JSON. */
function lengthOf({ key, value, headers }: RawRecord): number {
  // Headers are lists of numbers of up to four digits and a comma; bytes are base64.
  const headerLength = headers.reduce((sum, [name, bytes]) => sum + name.length + 8 + (bytes?.length ?? 0) * 5, 0);
  return 160 + ((key?.length ?? 0) + (value?.length ?? 0)) * 1.34 + headerLength;
}

/** Cuts records of one partition into what fits into one invocation each. */
export function batchesOf(records: readonly RawRecord[], maxRecords: number): Iterable<readonly RawRecord[]> {
  return sizeGroups(records, lengthOf, { maxSize: maxEventCharacters, maxItems: maxRecords });
}

/** The event of a Kafka event source mapping for records of one partition. */
export function mskEventOf(records: readonly RawRecord[], bootstrapServers: string): MskEvent {
  const [first] = records;
  const name = first === undefined ? '' : `${first.topic}-${first.partition}`;
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:replay',
    bootstrapServers,
    records: { [name]: records.map(mskRecordOf) },
  };
}
