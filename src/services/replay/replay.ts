import type { Subject } from '../../catalogue/events.generated.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { deliver } from './deliver.ts';
import type { FunctionInvoker } from './function-invoker.ts';
import type { LakeReader } from './lake-records.ts';
import { recordsOf } from './replay-source.ts';
import { type ReplayedRange, type ReplayState, replayProgress } from './replay-state.ts';

export interface ReplayRun {
  readonly state: ReplayState;
  readonly subjectOf: (topic: string) => Subject;
  readonly connection: KafkaConnection;
  readonly lake: LakeReader;
  readonly invoker: FunctionInvoker;
  readonly batchSize: number;
  /** Partitions side by side. */
  readonly concurrency: number;
  /** Resolves at once, or when a paused replay goes on. */
  readonly unpaused: () => Promise<void>;
  /** Stops after what is under way. */
  readonly signal: AbortSignal;
  /** Stores how far it is; called at most once a second, and at the end. */
  readonly save: (state: ReplayState) => void;
  readonly onProgress: (done: number) => void;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Delivers the ranges of a replay to its function: partitions side by side, each in order. Returns the state it ended
 * with; `stopped` when it was told to stop. After an error the saved state tells where to go on.
 */
export async function runReplay(run: ReplayRun): Promise<ReplayState> {
  const progress = new Progress(run);
  const pace = new Pace(run);
  const waiting = run.state.ranges
    .map((range, index) => ({ range, index }))
    .filter(({ range }) => range.next < range.to);
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined && !signal.aborted; one = waiting.shift()) {
      await replayRange(one.range, one.index, { run, progress, pace, signal });
    }
  };
  const workers = Array.from({ length: run.concurrency }, () =>
    work().catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  // All of them end, after what they have under way, so that the saved state is what was delivered.
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
  progress.end();
  if (failed?.status === 'rejected') throw failed.reason;
  return progress.state;
}

interface Surroundings {
  readonly run: ReplayRun;
  readonly progress: Progress;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

async function replayRange(range: ReplayedRange, index: number, { run, progress, pace, signal }: Surroundings) {
  const { topic } = range;
  const { connection, lake, state } = run;
  const source = { topic, subject: run.subjectOf(topic), connection, lake, allowGaps: state.allowGaps, signal };
  await deliver(recordsOf({ ...range, from: range.next }, source), {
    invoker: run.invoker,
    bootstrapServers: connection.bootstrapServers,
    batchSize: run.batchSize,
    turn: (records) => pace.turn(records),
    sleep: run.sleep,
    random: Math.random,
    signal,
    onProgress: (next) => progress.reached(index, next),
  });
  // Offsets at the end may hold no record: compacted away, or control batches.
  if (!signal.aborted) progress.reached(index, range.to);
}

class Progress {
  readonly #run: ReplayRun;
  #ranges: readonly ReplayedRange[];
  #savedAtMs: number;

  constructor(run: ReplayRun) {
    this.#run = run;
    this.#ranges = run.state.ranges;
    this.#savedAtMs = run.clock();
  }

  get state(): ReplayState {
    const { done, total } = replayProgress(this.#ranges);
    return { ...this.#run.state, ranges: this.#ranges, status: done === total ? 'done' : 'stopped' };
  }

  reached(index: number, next: number): void {
    this.#ranges = this.#ranges.map((range, at) => (at === index ? { ...range, next } : range));
    this.#run.onProgress(replayProgress(this.#ranges).done);
    if (this.#run.clock() - this.#savedAtMs < 1000) return;
    this.#savedAtMs = this.#run.clock();
    this.#run.save({ ...this.state, status: 'running' });
  }

  end(): void {
    this.#run.save(this.state);
  }
}

/** Holds invocations back while the replay is paused, and to its rate. */
class Pace {
  readonly #run: ReplayRun;
  #nextAtMs = 0;

  constructor(run: ReplayRun) {
    this.#run = run;
  }

  async turn(records: number): Promise<void> {
    await this.#run.unpaused();
    const { rate } = this.#run.state;
    if (rate === null) return;
    const now = this.#run.clock();
    const atMs = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = atMs + (records * 1000) / rate;
    if (atMs > now) await this.#run.sleep(atMs - now);
  }
}
