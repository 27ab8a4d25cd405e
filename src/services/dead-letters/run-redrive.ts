import { setTimeout as delay } from 'node:timers/promises';
import type { Codec } from '../../codec/codec.ts';
import { type Credit, largestChunk, nextTurn } from '../../core/redrive/velocity.ts';
import type { AnyOutgoingRecord } from '../../kafka/outgoing.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { inTransaction, type Pool } from '../../postgres/pool.ts';
import { inParallel } from './in-parallel.ts';
import { outgoingRecord } from './letter-record.ts';
import { preparedRecord } from './prepared-records.ts';
import {
  claimRedrive,
  markSent,
  nextPending,
  type PendingLetter,
  type Runner,
  release,
  releaseLetters,
} from './redrive-lease.ts';
import { oneRedrive, type RedriveState, type RedriveStatus } from './redrive-store.ts';

/** What sending needs of its surroundings. */
export interface SendingParts {
  readonly pool: Pool;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly codec: Codec;
  readonly publisher: Pick<EventPublisher, 'send'>;
}

export interface RunOptions extends Runner {
  /** Stops after the letters that are being sent; the redrive is then paused. */
  readonly signal: AbortSignal;
  readonly onSent?: ((sent: number, total: number) => void) | undefined;
}

const parallelLoads = 8;
/** Longest sleep: the lease is prolonged, and a wish to stop noticed, in between. */
const maxSleepMs = 5_000;

/**
 * Sends what is left of a redrive, in order and no faster than it allows; resumes after a crash. A letter counts as
 * sent after the log has acknowledged it, so a crash in between sends it again under the same event id, which sinks
 * absorb. Whatever fails pauses the redrive and is thrown.
 * @throws AppError EVENTBUS_DLQ_REDRIVE_STATE when it has ended or somebody else sends it
 */
export async function runRedrive(parts: SendingParts, options: RunOptions): Promise<RedriveStatus> {
  const { pool } = parts;
  const claimed = await claimRedrive(pool, options);
  try {
    const state = await sendAll(parts, options, claimed);
    if (state === 'cancelled') await inTransaction(pool, (client) => releaseLetters(client, options.redriveId));
    await release(pool, options, { state: state === 'done' ? 'done' : 'paused', error: null });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The failure itself is what has to be told; a database that is away frees the redrive when the lease ends.
    await release(pool, options, { state: 'paused', error: message }).catch(() => undefined);
    throw error;
  }
  return oneRedrive(pool, options.redriveId);
}

async function sendAll(parts: SendingParts, options: RunOptions, redrive: RedriveStatus): Promise<RedriveState> {
  let credit: Credit = { letters: 0, atMs: performance.now() };
  let { sent } = redrive;
  let state: RedriveState = 'running';
  while (!options.signal.aborted && state === 'running') {
    const turn = nextTurn(credit, redrive.perSecond, performance.now());
    if (turn.letters === 0) {
      state = await pause(parts.pool, options, turn.waitMs);
      continue;
    }
    credit = turn.credit;
    const letters = await nextPending(parts.pool, options.redriveId, Math.min(largestChunk, turn.letters));
    if (letters.length === 0) return 'done';
    const records = await inParallel(letters, parallelLoads, (letter) => recordOf(letter, parts, redrive));
    await parts.publisher.send(records);
    const marked = letters.map(({ letter_id }, index) => ({ letter_id, sentTopic: records[index]?.topic ?? '' }));
    state = await markSent(parts.pool, options, marked);
    sent += letters.length;
    options.onSent?.(sent, redrive.total);
  }
  return options.signal.aborted && state === 'running' ? 'paused' : state;
}

async function pause(pool: Pool, options: RunOptions, waitMs: number): Promise<RedriveState> {
  const { signal } = options;
  await delay(Math.min(maxSleepMs, waitMs), undefined, { signal }).catch(() => undefined);
  return waitMs < maxSleepMs || signal.aborted ? 'running' : markSent(pool, options, []);
}

async function recordOf(
  row: PendingLetter,
  parts: SendingParts,
  { redriveId, targetTopic, migration }: RedriveStatus,
): Promise<AnyOutgoingRecord> {
  const record = await preparedRecord(parts, { row, redriveId, targetTopic, changed: migration !== null });
  const { topic, partition, offset, consumer, origin, redrives } = row;
  return outgoingRecord(record, {
    redriveId,
    topic: targetTopic ?? topic,
    addressee: targetTopic === null ? consumer : null,
    origin: origin ?? `${topic}/${partition}/${offset}`,
    redrives: redrives + 1,
  });
}
