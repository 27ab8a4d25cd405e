import { AppError } from '../../core/errors/app-error.ts';
import { isFields } from '../../core/fields.ts';

/** One record as a Kafka event source mapping delivers it; bytes of key and value are base64. */
export interface MskRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** ms since 1970-01-01 UTC. */
  readonly timestamp: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  /** Absent for a record without key. */
  readonly key?: string;
  /** Absent for a record without value. */
  readonly value?: string;
  /** A list of single-key maps; values are byte numbers, signed as AWS sends them (-128 to 127) or 0 to 255. */
  readonly headers: readonly MskHeader[];
}

export type MskHeader = Readonly<Record<string, readonly number[]>>;

/** The event of a Kafka event source mapping: records keyed by `<topic>-<partition>`. */
export interface MskEvent {
  readonly eventSource: 'aws:kafka';
  readonly eventSourceArn: string;
  readonly bootstrapServers: string;
  readonly records: Readonly<Record<string, readonly MskRecord[]>>;
}

/**
 * The partial-batch response of Kafka: every record to deliver again, from the first one without a fate to the last of
 * its partition. Naming all of them is right whether a mapping goes on from the lowest or delivers just those named.
 */
export interface KafkaBatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
  /** Partitions among them that wait for a dependency, so that their records are not at fault; Lambda ignores it. */
  readonly waitingPartitions?: readonly string[];
}

/** What the engine needs of Lambda's context. */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  getRemainingTimeInMillis(): number;
}

/** Accepts what a Kafka event source mapping sends; anything else is a coded error that names the offending part. */
export function assertMskEvent(event: unknown): asserts event is MskEvent {
  if (!isFields(event)) throw shapeError(`the event is ${kindOf(event)}, wanted an object`);
  const source = event['eventSource'];
  if (source !== 'aws:kafka' && source !== 'SelfManagedKafka') {
    throw shapeError(`eventSource is ${JSON.stringify(source)}, wanted "aws:kafka"`);
  }
  const records = event['records'];
  if (!isFields(records)) throw shapeError(`records is ${kindOf(records)}, wanted an object keyed "topic-partition"`);
  for (const [partition, list] of Object.entries(records)) {
    if (!Array.isArray(list)) throw shapeError(`records["${partition}"] is ${kindOf(list)}, wanted an array`);
    for (let index = 0; index < list.length; index += 1) assertRecord(list[index], `records["${partition}"][${index}]`);
  }
}

function assertRecord(record: unknown, path: string): void {
  const found = record as Partial<MskRecord> | null;
  if (typeof found !== 'object' || found === null) throw shapeError(`${path} is ${kindOf(record)}, wanted an object`);
  if (typeof found.topic !== 'string') throw shapeError(`${path}.topic is ${kindOf(found.topic)}, wanted a string`);
  if (!isCount(found.partition)) throw shapeError(`${path}.partition is ${String(found.partition)}`);
  if (!isCount(found.offset)) throw shapeError(`${path}.offset is ${String(found.offset)}, wanted a whole number`);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}

function shapeError(what: string): AppError {
  return new AppError('EVENTBUS_CONSUMER_EVENT_SHAPE', what);
}
