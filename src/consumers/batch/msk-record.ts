import type { RawRecord } from '../../kafka/record-decoding.ts';
import type { MskRecord } from './msk-event.ts';

/** A record of the log as a Kafka event source mapping delivers it, header bytes signed as AWS sends them. */
export function mskRecordOf({ topic, partition, offset, timestampMs, key, value, headers }: RawRecord): MskRecord {
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
