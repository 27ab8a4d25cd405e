import type { MskEvent, MskRecord } from '../../consumers/batch/msk-event.ts';
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
export function* batchesOf(records: readonly RawRecord[], maxRecords: number): Generator<readonly RawRecord[]> {
  let batch: RawRecord[] = [];
  let length = 0;
  for (const record of records) {
    const more = lengthOf(record);
    if (batch.length > 0 && (batch.length >= maxRecords || length + more > maxEventCharacters)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(record);
    length += more;
  }
  if (batch.length > 0) yield batch;
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

function mskRecordOf({ topic, partition, offset, timestampMs, key, value, headers }: RawRecord): MskRecord {
  return {
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    timestampType: 'CREATE_TIME',
    ...(key === null ? {} : { key: key.toString('base64') }),
    ...(value === null ? {} : { value: value.toString('base64') }),
    headers: headers.map(([name, bytes]) => ({ [name]: [...new Int8Array(bytes ?? Buffer.alloc(0))] })),
  };
}
