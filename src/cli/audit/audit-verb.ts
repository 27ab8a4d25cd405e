import { join } from 'node:path';
import { catalogue } from '../../catalogue/catalogue.ts';
import type { Consumer } from '../../catalogue/model.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import { type KafkaAdmin, makeAdmin } from '../../kafka/admin.ts';
import { folders } from '../../local/platform/settings.ts';
import { makePool } from '../../postgres/pool.ts';
import { databaseUrl } from '../bus-database.ts';
import { kafkaTarget, reaching } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { makeProgress } from '../terminal/progress.ts';
import type { Reached } from './captured-bounds.ts';
import type { AuditFlags } from './command.ts';
import { makeKafkaLog } from './kafka-log.ts';
import { type AuditReport, isSound, reportText } from './report.ts';
import { type CommittedOffset, runAudit } from './run-audit.ts';
import { waitForConsumers } from './wait.ts';

/** Runs the verb and prints its report; returns the exit code. */
export async function auditVerb(flags: AuditFlags): Promise<number> {
  const target = kafkaTarget(flags, process.env);
  const report = await reaching(target, flags.dataDir, async () => {
    const admin = makeAdmin({ connection: target.connection, clientId: 'event-bus-audit' });
    try {
      return await audited(flags, target.connection, admin);
    } finally {
      await admin.close();
    }
  });
  process.stdout.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  return isSound(report) ? exitCodes.ok : exitCodes.finding;
}

async function audited(
  flags: AuditFlags,
  connection: ReturnType<typeof kafkaTarget>['connection'],
  admin: KafkaAdmin,
): Promise<AuditReport> {
  const consumers = (catalogue.consumers as readonly Consumer[]).filter(
    ({ name }) => flags.consumer === undefined || flags.consumer.includes(name),
  );
  const { url } = databaseUrl(flags);
  const pool = makePool(url, { applicationName: 'event-bus-audit' });
  const committed = (consumer: string) => committedOffsets(admin, consumer);
  const paths = folders(flags.dataDir);
  const progress = progressOf('reading the log');
  try {
    return await runAudit({
      log: makeKafkaLog(
        connection,
        admin,
        catalogue.topics.map(({ name }) => name),
      ),
      committed,
      consumers,
      codec: makeCodec(schemaIdsFromEnvironment(process.env)),
      subjectOf,
      pool,
      lake: flags.lake ?? paths.lake,
      events: paths.events,
      deadLetters: join(paths.queue, 'queue.sqlite'),
      onProgress: (records, total) => progress.update(records, total),
      reached: flags.wait === undefined ? undefined : waiting(committed, flags.wait * 1000),
    });
  } finally {
    progress.end();
    await pool.end();
  }
}

/** One time limit for all that is waited for. */
function waiting(committed: Committed, timeoutMs: number): Reached {
  const sinceMs = Date.now();
  return (bounds, consumers) => waitForConsumers(bounds, { consumers, committed, timeoutMs, sinceMs });
}

type Committed = (consumer: string) => Promise<readonly CommittedOffset[]>;

async function committedOffsets(admin: KafkaAdmin, consumer: string): Promise<readonly CommittedOffset[]> {
  const lags = await admin.groupLag(consumer);
  return lags.map(({ topic, partition, committed }) => ({ topic, partition, position: committed }));
}

/** A bar on standard error, made when the amount of work is known. */
function progressOf(label: string) {
  let bar: ReturnType<typeof makeProgress> | undefined;
  return {
    update(done: number, total: number): void {
      bar ??= makeProgress({ label, total, stream: process.stderr, now: Date.now });
      bar.update(done);
    },
    end(): void {
      if (process.stderr.isTTY) bar?.end();
    },
  };
}
