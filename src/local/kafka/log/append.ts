import { wireError } from '../protocol/error-codes.ts';
import {
  type BatchFault,
  type BatchHeader,
  batchFault,
  placeBatch,
  readBatchHeader,
  stampAppendTime,
} from '../protocol/record-batch.ts';
import { recordFault } from '../protocol/record-fault.ts';
import { canReadRecords, readRecords } from '../protocol/records.ts';
import type { TopicPolicy } from '../topic-config.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { PartitionLog } from './partition-log.ts';
import { afterBatch, judgeSequence } from './producer-state.ts';
import type { Store } from './store.ts';

export type AppendResult =
  /** Placed at `baseOffset`; not on disk before the commit queue says so. A duplicate has its first place. */
  { readonly baseOffset: number; readonly appendedMs: number } | BatchFault;

export interface AppendTarget {
  readonly log: PartitionLog;
  readonly policy: TopicPolicy;
}

/** Takes batches from producers: checks, places and queues them. */
export function makeAppender(store: Store, queue: CommitQueue, clock: () => number) {
  return (target: AppendTarget, batch: Buffer): AppendResult => {
    const fault = batchFault(batch) ?? sizeFault(batch, target.policy);
    if (fault !== undefined) return fault;
    const header = readBatchHeader(batch);
    const wrong = contentFault(batch, header) ?? (target.policy.compacts ? keyFault(batch, header) : undefined);
    if (wrong !== undefined) return wrong;
    const { log, policy } = target;
    const nowMs = clock();
    const appendedMs = policy.logAppendTime ? nowMs : -1;
    const idempotent = header.producerId >= 0;
    if (idempotent) {
      const verdict = judgeSequence(log.producer(header.producerId), header);
      if (verdict.kind === 'rejected') return { error: verdict.error, why: verdict.why };
      if (verdict.kind === 'duplicate') return { baseOffset: verdict.baseOffset, appendedMs };
    }
    if (policy.logAppendTime) stampAppendTime(batch, nowMs);
    const baseOffset = log.reserve(header.lastOffsetDelta + 1);
    placeBatch(batch, baseOffset);
    if (idempotent) {
      const state = afterBatch(log.producer(header.producerId), header, { baseOffset, nowMs });
      log.rememberProducer(header.producerId, state);
    }
    const row = {
      log: log.log,
      baseOffset,
      lastOffset: baseOffset + header.lastOffsetDelta,
      maxTimestamp: policy.logAppendTime ? nowMs : header.maxTimestamp,
      appendedMs: nowMs,
      bytes: batch,
    };
    log.hold(row);
    queue.add(() => store.insertBatch(row), log);
    return { baseOffset, appendedMs };
  };
}

function sizeFault(batch: Buffer, policy: TopicPolicy): BatchFault | undefined {
  if (batch.length <= policy.maxMessageBytes) return undefined;
  const why = `the batch has ${batch.length} bytes, the topic allows ${policy.maxMessageBytes} (max.message.bytes)`;
  return { error: wireError.messageTooLarge, why };
}

const invalid = (why: string): BatchFault => ({ error: wireError.invalidRecord, why });

function contentFault(batch: Buffer, header: BatchHeader): BatchFault | undefined {
  if (header.transactional) {
    return { error: wireError.invalidTxnState, why: 'this broker has no transactions' };
  }
  if (header.control) return invalid('a producer may not write control batches');
  if (header.recordCount < 1 || header.lastOffsetDelta !== header.recordCount - 1) {
    return invalid(`${header.recordCount} records do not end at offset delta ${header.lastOffsetDelta}`);
  }
  if (header.compression === 'unknown') return invalid('the compression is unknown');
  if (header.producerId >= 0 && (header.producerEpoch < 0 || header.baseSequence < 0)) {
    return invalid(`producer ${header.producerId} has epoch ${header.producerEpoch}, sequence ${header.baseSequence}`);
  }
  const why = recordFault(batch, header);
  return why === undefined ? undefined : invalid(why);
}

/** Compaction needs keys, and drops what it can unpack and finds without one. */
function keyFault(batch: Buffer, { compression, recordCount }: BatchHeader): BatchFault | undefined {
  if (!canReadRecords(compression)) return undefined;
  try {
    const records = readRecords(batch, compression, recordCount);
    if (records.every((record) => record.key !== null)) return undefined;
  } catch {
    return { error: wireError.invalidRecord, why: 'the records of the batch cannot be read' };
  }
  return { error: wireError.invalidRecord, why: 'a record of a compacted topic must have a key' };
}
