import { AppError } from '../../core/errors/app-error.ts';
import { isFields } from '../../core/fields.ts';

/** A record as Amazon Data Firehose hands it to a transformation when its source is MSK. */
export interface FirehoseKafkaRecord {
  readonly recordId: string;
  /** ms since 1970-01-01 UTC. */
  readonly approximateArrivalTimestamp: number;
  readonly mskRecordMetadata: {
    /** Decimal digits, as Firehose writes them. */
    readonly offset: string;
    readonly partitionId: string;
    /** Kafka timestamp, ms since 1970-01-01 UTC. */
    readonly approximateArrivalTimestamp?: number;
  };
  /** Base64 of the value; empty for a tombstone. */
  readonly kafkaRecordValue: string;
  /** Set by the delivery of one machine only; Firehose passes no key. */
  readonly kafkaRecordKey?: string | null;
  /** Set by the delivery of one machine only; Firehose passes no headers. */
  readonly kafkaRecordHeaders?: Readonly<Record<string, string>>;
}

export interface FirehoseKafkaEvent {
  readonly invocationId: string;
  readonly sourceMSKArn: string;
  readonly deliveryStreamArn: string;
  readonly region: string;
  readonly records: readonly FirehoseKafkaRecord[];
}

export interface FirehoseKafkaResultRecord {
  readonly recordId: string;
  readonly result: 'Ok' | 'Dropped' | 'ProcessingFailed';
  /** Base64 of one JSON line. */
  readonly kafkaRecordValue: string;
}

export interface FirehoseKafkaResult {
  readonly records: readonly FirehoseKafkaResultRecord[];
}

/** Types an incoming event; throws `EVENTBUS_LAKE_EVENT_SHAPE` naming the first thing that is not as it should be. */
export function assertFirehoseKafkaEvent(event: unknown): asserts event is FirehoseKafkaEvent {
  if (!isFields(event)) throw shape('the event', event, 'an object');
  if (typeof event['deliveryStreamArn'] !== 'string') {
    throw shape('deliveryStreamArn', event['deliveryStreamArn'], 'a string');
  }
  const records = event['records'];
  if (!Array.isArray(records)) throw shape('records', records, 'an array');
  for (let index = 0; index < records.length; index++) checkRecord(records[index], index);
}

function checkRecord(record: unknown, index: number): void {
  if (!isFields(record)) throw shape(`records[${index}]`, record, 'an object');
  if (typeof record['recordId'] !== 'string') throw shape(`records[${index}].recordId`, record['recordId'], 'a string');
  if (typeof record['kafkaRecordValue'] !== 'string') {
    throw shape(`records[${index}].kafkaRecordValue`, record['kafkaRecordValue'], 'base64 text');
  }
  if (!Number.isSafeInteger(record['approximateArrivalTimestamp'])) {
    throw shape(`records[${index}].approximateArrivalTimestamp`, record['approximateArrivalTimestamp'], 'whole ms');
  }
  const metadata = record['mskRecordMetadata'];
  if (!isFields(metadata) || !isDigits(metadata['offset']) || !isDigits(metadata['partitionId'])) {
    throw shape(`records[${index}].mskRecordMetadata`, metadata, 'an object with offset and partitionId in digits');
  }
  const timestamp = metadata['approximateArrivalTimestamp'];
  if (timestamp !== undefined && !Number.isSafeInteger(timestamp)) {
    throw shape(`records[${index}].mskRecordMetadata.approximateArrivalTimestamp`, timestamp, 'whole ms');
  }
}

function isDigits(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length < 20 && /^\d+$/.test(value);
}

function shape(where: string, got: unknown, allowed: string): AppError {
  const kind = got === null ? 'null' : Array.isArray(got) ? 'an array' : typeof got;
  return new AppError('EVENTBUS_LAKE_EVENT_SHAPE', `${where} is ${kind}, not ${allowed}`);
}
