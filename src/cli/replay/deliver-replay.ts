import { setTimeout as sleep } from 'node:timers/promises';
import { consumerNamed } from '../../catalogue/lookup.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { readEndpoints } from '../../local/platform/endpoints.ts';
import { makeFunctionInvoker } from '../../services/replay/function-invoker.ts';
import type { LakeReader } from '../../services/replay/lake-records.ts';
import { runReplay } from '../../services/replay/replay.ts';
import { type ReplayState, replayProgress } from '../../services/replay/replay-state.ts';
import { exitCodes } from '../exit-codes.ts';
import { watchInterruption } from '../terminal/interruption.ts';
import { makeProgress } from '../terminal/progress.ts';
import type { ReplayFlags } from './command.ts';
import { PauseKey } from './pause-key.ts';
import { replayFiles } from './replay-files.ts';

export interface DeliverOptions {
  readonly flags: ReplayFlags;
  readonly lake: LakeReader;
  readonly connection: KafkaConnection;
}

/** Delivers what a replay still has to, with a bar; returns the exit code. */
export async function deliverReplay(state: ReplayState, { flags, lake, connection }: DeliverOptions): Promise<number> {
  const files = replayFiles(flags.dataDir);
  files.save(state);
  const onAws = flags.function !== undefined || state.functionName !== state.consumer;
  const endpoint = onAws ? undefined : readEndpoints(flags.dataDir).lambda;
  const invoker = makeFunctionInvoker({ functionName: state.functionName, endpoint });
  const interruption = watchInterruption();
  const pauseKey = new PauseKey(interruption.signal);
  const { total } = replayProgress(state.ranges);
  const progress = makeProgress({ label: 'replaying', total, stream: process.stderr, now: Date.now });
  const { batchSize = 1000, concurrency = 1 } = consumerNamed(state.consumer) ?? {};
  try {
    const ended = await runReplay({
      state,
      subjectOf,
      connection,
      lake,
      invoker,
      batchSize,
      concurrency,
      unpaused: () => pauseKey.released(),
      signal: interruption.signal,
      save: (reached) => files.save(reached),
      onProgress: (done) => progress.update(done),
      clock: Date.now,
      sleep: (ms) => sleep(ms, undefined, { signal: interruption.signal }).catch(() => undefined),
    });
    progress.end();
    return report(ended, flags);
  } finally {
    pauseKey.end();
    interruption.end();
    invoker.close();
  }
}

function report(state: ReplayState, { json }: ReplayFlags): number {
  const { done, total } = replayProgress(state.ranges);
  if (json === true) process.stdout.write(`${JSON.stringify({ id: state.id, status: state.status, done, total })}\n`);
  else if (state.status === 'done') process.stdout.write(`replayed ${done.toLocaleString('en-US')} records\n`);
  else process.stdout.write(`stopped after ${done} of ${total}; go on with: event-bus replay resume ${state.id}\n`);
  return state.status === 'done' ? exitCodes.ok : exitCodes.interrupted;
}
