import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { deliveryStreamName } from '../../catalogue/lake-columns.ts';
import type {
  FirehoseKafkaEvent,
  FirehoseKafkaRecord,
  FirehoseKafkaResultRecord,
} from '../../consumers/lake-transform/firehose-event.ts';
import type { LakeTransform } from '../../consumers/lake-transform/handler.ts';
import { errorLine } from './flush.ts';
import type { LogRecord, LogSlice } from './log-source.ts';
import type { TopicBuffer } from './topic-buffer.ts';

/** Values of one invocation in base64, as the buffering hint of the processor on AWS: the answer must stay below 6 MB. */
const invocationBytes = 700 * 1024;
const invocationRecords = 1000;
/** Firehose's own number of retries of a failing transformation. */
const attempts = 3;
const region = 'local';
const account = '000000000000';

/** Sends a slice through the transformation and puts what comes back into the buffer. */
export async function transformSlice(slice: LogSlice, buffer: TopicBuffer, transform: LakeTransform): Promise<void> {
  for (const records of invocationsOf(slice.records)) {
    const event = firehoseEvent(slice, records);
    const answer = await answered(event, transform);
    for (let index = 0; index < records.length; index++) {
      const record = records[index] as LogRecord;
      take(record, answer.of(index, event), { slice, buffer, failure: answer.failure });
    }
  }
}

function* invocationsOf(records: readonly LogRecord[]): Generator<readonly LogRecord[]> {
  let from = 0;
  let bytes = 0;
  for (let index = 0; index < records.length; index++) {
    const size = records[index]?.value?.length ?? 0;
    if (index > from && (bytes + size > invocationBytes || index - from === invocationRecords)) {
      yield records.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < records.length) yield from === 0 ? records : records.slice(from);
}

/** The event that Firehose hands to its transformation, with the key and the headers that Firehose leaves out. */
function firehoseEvent({ topic, partition }: LogSlice, records: readonly LogRecord[]): FirehoseKafkaEvent {
  const stream = deliveryStreamName('lake', topic);
  const partitionId = String(partition);
  return {
    invocationId: randomUUID(),
    sourceMSKArn: `arn:aws:kafka:${region}:${account}:cluster/event-bus`,
    deliveryStreamArn: `arn:aws:firehose:${region}:${account}:deliverystream/${stream}`,
    region,
    records: records.map((record) => {
      const offset = String(record.offset);
      return {
        recordId: `${partitionId}-${offset}`,
        approximateArrivalTimestamp: record.timestampMs,
        mskRecordMetadata: { offset, partitionId, approximateArrivalTimestamp: record.timestampMs },
        kafkaRecordValue: record.value ?? '',
        kafkaRecordKey: record.key,
        kafkaRecordHeaders: record.headers,
      };
    }),
  };
}

interface Answer {
  of(index: number, event: FirehoseKafkaEvent): FirehoseKafkaResultRecord | undefined;
  readonly failure: string;
}

async function answered(event: FirehoseKafkaEvent, transform: LakeTransform): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { records } = await transform(event);
      return answerOf(records);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (attempt === attempts) return { of: () => undefined, failure: `the transformation failed: ${message}` };
      await delay(100 * 2 ** attempt);
    }
  }
}

function answerOf(records: readonly FirehoseKafkaResultRecord[]): Answer {
  let byId: Map<string, FirehoseKafkaResultRecord> | undefined;
  return {
    failure: 'the transformation gave no result for the record',
    of(index, event) {
      const { recordId } = event.records[index] as FirehoseKafkaRecord;
      const record = records[index];
      // Results come in the order asked as a rule; only when they do not is the list searched.
      if (record?.recordId === recordId) return record;
      byId ??= new Map(records.map((entry) => [entry.recordId, entry]));
      return byId.get(recordId);
    },
  };
}

interface Taking {
  readonly slice: LogSlice;
  readonly buffer: TopicBuffer;
  readonly failure: string;
}

function take(record: LogRecord, result: FirehoseKafkaResultRecord | undefined, taking: Taking): void {
  const { slice, buffer } = taking;
  if (result?.result === 'Dropped') return;
  const at = { partition: slice.partition, offset: record.offset, timestampMs: record.timestampMs };
  if (result?.result === 'Ok') {
    buffer.add(result.kafkaRecordValue, at);
    return;
  }
  const reason = result === undefined ? taking.failure : 'the transformation answered ProcessingFailed';
  const line = errorLine({ topic: slice.topic, ...at, reason, rawData: record.value ?? '' });
  buffer.addError({ ...at, line });
}
