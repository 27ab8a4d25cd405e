import { resolve } from 'node:path';
import { catalogue } from '../../catalogue/catalogue.ts';
import { consumerNamed } from '../../catalogue/lookup.ts';
import type { Consumer } from '../../catalogue/model.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { folders } from '../../local/platform/settings.ts';
import { makePool } from '../../postgres/pool.ts';
import { lakeFolder } from '../../services/replay/lake-folder.ts';
import { LakeReader } from '../../services/replay/lake-records.ts';
import { resettableTables } from '../../services/replay/replay-plan.ts';
import { type ReplayState, replayProgress } from '../../services/replay/replay-state.ts';
import { resetTables } from '../../services/replay/reset-tables.ts';
import { type RangeRequest, requireRecords, resolveRanges } from '../../services/replay/resolve-ranges.ts';
import { databaseUrl } from '../bus-database.ts';
import { kafkaTarget, reaching } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Cell, table } from '../terminal/table.ts';
import { catalogueTopic } from '../topic-name.ts';
import type { ReplayFlags } from './command.ts';
import { deliverReplay } from './deliver-replay.ts';
import { planText } from './plan-text.ts';
import { replayFiles } from './replay-files.ts';

/** Runs `event-bus replay`; returns the exit code. */
export async function startReplay(flags: ReplayFlags): Promise<number> {
  const consumer = consumerOf(flags);
  const whole = flags.reset === true && flags.allowGaps !== true;
  const requests = topicsOf(flags, consumer).map((topic) => ({ topic, from: flags.from, to: flags.to, whole }));
  const tables = flags.reset === true ? resettableTables(consumer, catalogue.consumers) : [];
  const target = kafkaTarget(flags, process.env);
  return reaching(target, flags.dataDir, () =>
    withLake(lakeOf(flags), consumer.topics, async (lake) => {
      const planned = await rangesOf(requests, { connection: target.connection, lake });
      requireRecords(planned, requests[0] as RangeRequest);
      process.stderr.write(planText({ consumer: consumer.name, ranges: planned, tables, rate: flags.rate ?? null }));
      if (flags.dryRun === true) return exitCodes.ok;
      if (tables.length > 0) await reset(flags, consumer.name, tables);
      // What came between planning and emptying the tables was applied to the old ones.
      const ranges = tables.length > 0 ? await rangesOf(requests, { connection: target.connection, lake }) : planned;
      return deliverReplay(newState(flags, consumer, ranges), { flags, lake, connection: target.connection });
    }),
  );
}

/** Goes on with a replay; returns the exit code. */
export async function resumeReplay(id: string, flags: ReplayFlags): Promise<number> {
  const state = replayFiles(flags.dataDir).load(id);
  const target = kafkaTarget(flags, process.env);
  const topics = [...new Set(state.ranges.map(({ topic }) => topic))];
  return reaching(target, flags.dataDir, () =>
    withLake(state.lake, topics, (lake) => deliverReplay(state, { flags, lake, connection: target.connection })),
  );
}

async function withLake(
  place: string,
  topics: readonly string[],
  work: (lake: LakeReader) => Promise<number>,
): Promise<number> {
  const folder = await lakeFolder(place, topics);
  try {
    const codec = makeCodec(schemaIdsFromEnvironment(process.env));
    const lake = await LakeReader.open({ lake: folder.path, codec });
    try {
      return await work(lake);
    } finally {
      lake.close();
    }
  } finally {
    folder.remove();
  }
}

/** Prints the replays below the data directory. */
export function listReplays(flags: ReplayFlags): number {
  const states = replayFiles(flags.dataDir).list();
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(states, null, 2)}\n`);
    return exitCodes.ok;
  }
  if (states.length === 0) process.stdout.write('no replays\n');
  else process.stdout.write(`${table(['replay', 'status', 'delivered', 'of'], states.map(rowOf))}\n`);
  return exitCodes.ok;
}

export function cancelReplay(id: string, flags: ReplayFlags): number {
  replayFiles(flags.dataDir).remove(id);
  return exitCodes.ok;
}

function rowOf({ id, status, ranges }: ReplayState): readonly Cell[] {
  const { done, total } = replayProgress(ranges);
  return [id, status, done, total];
}

function consumerOf({ consumer }: ReplayFlags): Consumer {
  const found = consumer === undefined ? undefined : consumerNamed(consumer);
  if (found === undefined) throw new AppError('EVENTBUS_CLI_USAGE', 'replay needs --consumer NAME');
  return found;
}

function topicsOf({ topic, reset: emptied }: ReplayFlags, consumer: Consumer): readonly string[] {
  if (topic === undefined) {
    if (emptied === true) return consumer.topics;
    throw new AppError('EVENTBUS_CLI_USAGE', 'replay needs --topic TOPIC, or --reset for every topic of the consumer');
  }
  const { name } = catalogueTopic(topic);
  if (!consumer.topics.includes(name)) {
    const what = `${consumer.name} reads ${consumer.topics.join(', ')}, not ${name}`;
    throw new AppError('EVENTBUS_REPLAY_CONSUMER', what);
  }
  if (emptied === true && consumer.topics.length > 1) {
    const what = `--reset empties what all of ${consumer.topics.join(', ')} made; leave out --topic`;
    throw new AppError('EVENTBUS_CLI_USAGE', what);
  }
  return [name];
}

async function rangesOf(requests: readonly RangeRequest[], from: Parameters<typeof resolveRanges>[1]) {
  return (await Promise.all(requests.map((request) => resolveRanges(request, from)))).flat();
}

async function reset(flags: ReplayFlags, consumer: string, tables: readonly string[]): Promise<void> {
  const { url } = databaseUrl(flags);
  const pool = makePool(url, { max: 1, applicationName: 'event-bus-replay' });
  try {
    await resetTables(pool, consumer, tables);
  } finally {
    await pool.end();
  }
}

function newState(flags: ReplayFlags, consumer: Consumer, ranges: ReplayState['ranges']): ReplayState {
  const startedAt = new Date().toISOString();
  const stamp = startedAt.replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return {
    id: `${stamp}-${consumer.name}`,
    consumer: consumer.name,
    functionName: flags.function ?? consumer.name,
    lake: lakeOf(flags),
    allowGaps: flags.allowGaps === true,
    reset: flags.reset === true,
    rate: flags.rate ?? null,
    startedAt,
    status: 'running',
    ranges,
  };
}

function lakeOf(flags: ReplayFlags): string {
  return flags.lake ?? resolve(folders(flags.dataDir).lake);
}
