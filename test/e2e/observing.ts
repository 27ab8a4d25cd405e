import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Pool } from 'pg';
import type { AuditReport, AuditRow } from '../../src/cli/audit/report.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { subjectOf } from '../../src/consumers/subject-of.ts';
import type { DeadLetter } from '../../src/core/dead-letters/dead-letter.ts';
import { readTopic } from '../../src/kafka/reader.ts';
import { folders } from '../../src/local/platform/settings.ts';
import { makeFolderObjectStore } from '../../src/ports/object-store/object-store.folder.ts';
import { getLetter } from '../../src/ports/object-store/stored-letter.ts';
import { type Bus, runVerb } from './bus.ts';

/** What a bus is seen to hold from outside: by its own verbs, by SQL, by DuckDB. */

export interface Audited {
  readonly exitCode: number | null;
  readonly report: AuditReport;
  /** Row of a consumer and topic. */
  row(consumer: string, topic: string): AuditRow | undefined;
}

/** `event-bus audit --wait`, seconds. */
export async function audit({ dataDir }: Pick<Bus, 'dataDir'>, waitSeconds = 300): Promise<Audited> {
  const flags = ['--wait', `${waitSeconds}`, '--json', '--data-dir', dataDir];
  const { exitCode, output, errors } = await runVerb(['audit', ...flags]);
  if (output === '') throw new Error(`audit ended with ${exitCode}: ${errors}`);
  const report: AuditReport = JSON.parse(output);
  return {
    exitCode,
    report,
    row: (consumer, topic) => report.rows.find((row) => row.consumer === consumer && row.topic === topic),
  };
}

/** An event of the log. */
export interface LoggedEvent {
  readonly type: string;
  readonly key: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const codec = makeCodec();

/** Everything a topic holds, decoded, each partition in its order. */
export async function eventsOf({ endpoints }: Bus, topic: string): Promise<readonly LoggedEvent[]> {
  const found: LoggedEvent[] = [];
  for await (const batch of readTopic({ connection: { bootstrapServers: endpoints.kafka }, topic })) {
    for (const { key, headers, value } of batch) {
      const header = (name: string) => headers.find(([known]) => known === name)?.[1]?.toString();
      const { value: data } = codec.decodeRecord(subjectOf(topic), header('content-type'), value ?? Buffer.alloc(0));
      found.push({ type: header('ce_type') ?? '', key: String(key), data: { ...data } });
    }
  }
  return found;
}

/** Rows of a query against the bus's PostgreSQL, with counts as numbers. */
export async function sql<T extends Readonly<Record<string, unknown>>>(
  { endpoints }: Bus,
  text: string,
): Promise<readonly T[]> {
  const pool = new Pool({ connectionString: endpoints.postgres, max: 1 });
  try {
    return (await pool.query<T>(text)).rows;
  } finally {
    await pool.end();
  }
}

/** Rows of a query against the lake; `{TOPIC}` stands for the Parquet files of a topic or, as `{*}`, of several. */
export async function lake(folder: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const files = (topic: string) => join(folder, 'bronze', `topic=${topic}`, '**', '*.parquet');
    const read = text.replaceAll(
      /\{([^}]+)\}/g,
      (_text, topic: string) => `read_parquet('${files(topic)}', union_by_name = true)`,
    );
    const reader = await connection.runAndReadAll(read);
    return reader.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Records of each topic in the lake. */
export async function lakeCounts(folder: string): Promise<Readonly<Record<string, number>>> {
  const rows = await lake(folder, 'SELECT kafka_topic AS topic, count(*)::INTEGER AS records FROM {*} GROUP BY ALL');
  return Object.fromEntries(rows.map(({ topic, records }) => [topic, records]));
}

/** A consumer's letters as the dead-letter processor has stored them, once there are so many. */
export async function deadLetters(bus: Bus, consumer: string, count = 1): Promise<readonly DeadLetter[]> {
  const text = `select payload_key as key from dead_letter where consumer = '${consumer}' order by topic, partition, "offset"`;
  let rows = await sql<{ key: string }>(bus, text);
  for (const until = Date.now() + 30_000; rows.length < count && Date.now() < until; rows = await sql(bus, text)) {
    await sleep(100);
  }
  const objects = makeFolderObjectStore({ directory: folders(bus.dataDir).objects });
  const letters = await Promise.all(rows.map(({ key }) => getLetter(objects, key)));
  return letters.filter((letter) => letter !== null);
}
