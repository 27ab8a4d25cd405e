import { type ChainedTopic, chainedTopics, makeEntryReader } from '../../codec/chained-entry.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { folders } from '../../local/platform/settings.ts';
import { makePool, type Pool } from '../../postgres/pool.ts';
import {
  isUnbroken,
  type TopicVerdict,
  verifyTopic,
  type WriterHeads,
} from '../../services/audit-chain/verify-chains.ts';
import { writerHeads } from '../../services/audit-chain/writer-heads.ts';
import { LakeReader } from '../../services/replay/lake-records.ts';
import { recordsOf } from '../../services/replay/replay-source.ts';
import { resolveRanges } from '../../services/replay/resolve-ranges.ts';
import { databaseUrl } from '../bus-database.ts';
import { kafkaTarget, reaching } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { chainReportText } from './chain-report.ts';
import type { AuditFlags } from './command.ts';

/** Verifies the hash chains of the log, and of the lake where the topic has given records up; returns the exit code. */
export async function chainVerb(flags: AuditFlags): Promise<number> {
  const target = kafkaTarget(flags, process.env);
  const ids = schemaIdsFromEnvironment(process.env);
  const { url } = databaseUrl(flags);
  const pool = makePool(url, { applicationName: 'event-bus-audit', max: 1 });
  const lake = await LakeReader.open({ lake: flags.lake ?? folders(flags.dataDir).lake, codec: makeCodec(ids) });
  const notes = new Set<string>();
  const read = makeEntryReader(ids);
  try {
    const verdicts = await reaching(target, flags.dataDir, async () => {
      const found: TopicVerdict[] = [];
      for (const topic of flags.topic ?? (Object.keys(chainedTopics) as ChainedTopic[])) {
        const heads = await rememberedHeads(pool, topic, notes);
        const { connection } = target;
        const ranges = await resolveRanges({ topic, from: 'earliest', to: 'latest' }, { connection, lake });
        const source = { topic, subject: chainedTopics[topic], connection, lake, allowGaps: true };
        const partitions = ranges.map((range) => ({
          partition: range.partition,
          beginsLate: range.from > 0,
          records: recordsOf(range, source),
        }));
        found.push(await verifyTopic(topic, partitions, { read, heads }));
      }
      return found;
    });
    const report = { topics: verdicts.map(withoutHashes), notes: [...notes] };
    const text = flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : chainReportText(verdicts, [...notes]);
    process.stdout.write(text);
    return verdicts.every(isUnbroken) ? exitCodes.ok : exitCodes.finding;
  } finally {
    lake.close();
    await pool.end();
  }
}

/** The log can be verified without the database; only the ends of chains then stay unjudged. */
async function rememberedHeads(pool: Pool, topic: ChainedTopic, notes: Set<string>): Promise<WriterHeads> {
  try {
    return await writerHeads(pool, topic);
  } catch (error) {
    if (!(error instanceof AppError) || error.failure !== 'dependency') throw error;
    notes.add('PostgreSQL does not answer, so nobody can tell whether entries are gone from the ends of chains.');
    return new Map();
  }
}

function withoutHashes(verdict: TopicVerdict) {
  const chains = verdict.chains.map(({ hashes, ...chain }) => ({ ...chain, hashes: hashes.length }));
  return { ...verdict, chains };
}
