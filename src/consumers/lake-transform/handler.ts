import type { Subject } from '../../catalogue/events.generated.ts';
import { headers } from '../../catalogue/headers.ts';
import { topicOfDeliveryStream, valueColumns } from '../../catalogue/lake-columns.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import {
  assertFirehoseKafkaEvent,
  type FirehoseKafkaRecord,
  type FirehoseKafkaResult,
  type FirehoseKafkaResultRecord,
} from './firehose-event.ts';
import { holdsBytes, looksFramed, rowAttributes, rowHead, rowRaw, rowValue, wellFormedRow } from './lake-row.ts';

export interface LakeTransformDeps {
  /** Decodes a value as its content type says; throws a coded error when it cannot. */
  readonly codec: Pick<Codec, 'decodeRecord'>;
  /** Subject of a topic's values; undefined for a topic that the catalogue does not have. */
  subjectOf(topic: string): string | undefined;
}

export type LakeTransform = (event: unknown) => Promise<FirehoseKafkaResult>;

/**
 * Makes the function that turns records into rows of the bronze tables. Every record becomes a row: a value that
 * cannot be decoded is kept in the column `raw` with the code of the error in `decode_error`, so none is dropped.
 */
export function makeLakeTransform(deps: LakeTransformDeps): LakeTransform {
  const streams = new Map<string, Stream>();
  return async (event) => {
    assertFirehoseKafkaEvent(event);
    const { deliveryStreamArn, records } = event;
    let stream = streams.get(deliveryStreamArn);
    if (stream === undefined) {
      stream = streamOf(deliveryStreamArn, deps);
      streams.set(deliveryStreamArn, stream);
    }
    const found = stream;
    return { records: records.map((record) => transformed(record, found, deps)) };
  };
}

interface Stream {
  readonly topic: string;
  readonly subject: Subject | undefined;
  readonly holdsBytes: boolean;
}

function streamOf(arn: string, deps: LakeTransformDeps): Stream {
  const topic = topicOfDeliveryStream(arn);
  if (topic === undefined) throw new AppError('EVENTBUS_LAKE_STREAM_NAME', `got ${arn}`);
  const subject = deps.subjectOf(topic);
  const schema = isSubject(subject) ? schemas[subject].at(-1) : undefined;
  return {
    topic,
    subject: isSubject(subject) ? subject : undefined,
    holdsBytes: schema !== undefined && holdsBytes(valueColumns(schema)),
  };
}

function isSubject(name: string | undefined): name is Subject {
  return name !== undefined && Object.hasOwn(schemas, name);
}

function transformed(record: FirehoseKafkaRecord, stream: Stream, deps: LakeTransformDeps): FirehoseKafkaResultRecord {
  const bytes = Buffer.from(record.kafkaRecordValue, 'base64');
  const { offset, partitionId, approximateArrivalTimestamp } = record.mskRecordMetadata;
  const head = rowHead({
    topic: stream.topic,
    partition: partitionId,
    offset,
    timestampMs: approximateArrivalTimestamp ?? record.approximateArrivalTimestamp,
    key: record.kafkaRecordKey,
  });
  const row = wellFormedRow(`${head}${rowTail(bytes, record.kafkaRecordHeaders, { stream, deps })}}\n`);
  return { recordId: record.recordId, result: 'Ok', kafkaRecordValue: Buffer.from(row, 'utf8').toString('base64') };
}

function rowTail(
  bytes: Buffer,
  found: FirehoseKafkaRecord['kafkaRecordHeaders'],
  { stream, deps }: { readonly stream: Stream; readonly deps: LakeTransformDeps },
): string {
  if (bytes.length === 0) return rowAttributes(found, undefined);
  if (stream.subject === undefined) return rowAttributes(found, undefined) + rowRaw(bytes);
  try {
    const { value, writer, event } = deps.codec.decodeRecord(stream.subject, found?.[headers.contentType], bytes);
    // What a device sent as JSON is kept as sent too: the typed columns hold only the fields that the schema has.
    const raw = looksFramed(bytes) ? '' : rowRaw(bytes);
    return `${rowAttributes(found, event)},"schema_version":${writer.version}${raw}${rowValue(value, stream.holdsBytes)}`;
  } catch (error) {
    // Only what the value is to blame for becomes a row; a defect of the program fails the whole invocation.
    if (!(error instanceof AppError) || error.failure !== 'poison') throw error;
    return `${rowAttributes(found, undefined)}${rowRaw(bytes)},"decode_error":"${error.code}"`;
  }
}
