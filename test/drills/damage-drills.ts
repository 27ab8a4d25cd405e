import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DamagedPart } from '../../src/cli/audit/read-log.ts';
import { startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { folders } from '../../src/local/platform/settings.ts';
import { sql } from '../e2e/observing.ts';
import { damagedFiles } from './damaged-files-drill.ts';
import type { Drill } from './drill.ts';
import { startLoad, untilCaughtUp } from './load.ts';
import { batchOf, json, publish, rawTopic } from './raw-messages.ts';

interface StoredBatch {
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly bytes: Uint8Array;
}

/** The batches of the raw topic from these offsets on, as the broker's file has them. */
function batchesIn(kafkaDir: string, from: ReadonlyMap<number, number>): readonly StoredBatch[] {
  const db = new DatabaseSync(join(kafkaDir, 'log.sqlite'), { readOnly: true });
  const rows = db
    .prepare(
      `SELECT p.number AS partition, b.base_offset AS first, b.last_offset AS last, b.bytes
       FROM batch b JOIN partition p ON p.log = b.log JOIN topic t ON t.id = p.topic
       WHERE t.name = ? ORDER BY b.id`,
    )
    .all(rawTopic) as unknown as readonly StoredBatch[];
  db.close();
  return rows.filter(({ partition, first }) => first >= (from.get(partition) ?? 0));
}

/** The part of a batch that its checksum covers and that lies in one piece on any page: its header, behind the epoch. */
const covered = { from: 17, to: 57 };

/** Turns one bit of a batch over, in the file itself. */
function flip(kafkaDir: string, { bytes }: StoredBatch, random: () => number): void {
  const file = join(kafkaDir, 'log.sqlite');
  const at = readFileSync(file).indexOf(Buffer.from(bytes.subarray(0, covered.to)));
  if (at < 0) throw new Error('the batch does not lie in one piece');
  const place = at + covered.from + Math.floor(random() * (covered.to - covered.from));
  const handle = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, place);
  writeSync(handle, Buffer.of((byte[0] ?? 0) ^ (1 << Math.floor(random() * 8))), 0, 1, place);
  closeSync(handle);
}

/** Batches as the audit tells of them: those that follow each other are one part. */
function partsOf(batches: readonly StoredBatch[]): readonly DamagedPart[] {
  const parts: DamagedPart[] = [];
  for (const { partition, first, last } of batches.toSorted((left, right) => left.first - right.first)) {
    const at = parts.findIndex((part) => part.partition === partition && part.last === first - 1);
    const before = parts[at];
    if (before === undefined) parts.push({ topic: rawTopic, partition, first, last });
    else parts[at] = { ...before, last };
  }
  return parts;
}

function* readingsOf(devices: number, each: number) {
  for (let sequence = 0; sequence < each; sequence += 1) {
    for (let device = 0; device < devices; device += 1)
      yield json(`flipped-${device}`, batchOf(`flipped-${device}`, sequence));
  }
}

const bitFlips: Drill = {
  name: 'bit-flips',
  title: 'bits of the log’s file turn over while the bus is down, in records that nobody has read yet',
  lengths: ['medium', 'long'],
  async run(context) {
    const { random } = context;
    const kafkaDir = folders(join(context.folder, 'bus')).kafka;
    const before = await context.startBus();
    const load = startLoad(before.dataDir, 300);
    await sleep(3000);
    const { acknowledged } = await load.stop();
    await untilCaughtUp(before);
    await before.stop();
    const ends = new Map<number, number>();
    for (const { partition, last } of batchesIn(kafkaDir, ends)) ends.set(partition, last + 1);
    const [devices, each] = [20, context.length === 'long' ? 500 : 100];
    const kafka = await startEmbeddedKafka({ dataDir: kafkaDir, port: 0 });
    await publish({ endpoints: { kafka: kafka.bootstrapServers } }, readingsOf(devices, each), 500);
    await kafka.close();
    const unread = batchesIn(kafkaDir, ends);
    const damaged = unread.filter(() => random() < 0.1);
    for (const batch of damaged) flip(kafkaDir, batch, random);
    const gone = damaged.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    context.say(`${damaged.length} of ${unread.length} unread batches damaged, ${gone} of ${devices * each} records`);
    const bus = await context.startBus();
    const recoveryMs = await untilCaughtUp(bus);
    const [row] = await sql<{ readings: number }>(
      bus,
      "select count(*)::int as readings from vehicle_reading where vehicle_id like 'flipped-%'",
    );
    const broken: string[] = [];
    const wanted = devices * each - gone;
    if (row?.readings !== wanted) broken.push(`${row?.readings} readings in the series, ${wanted} were undamaged`);
    const log = readFileSync(join(folders(bus.dataDir).logs, 'event-bus.log'), 'utf8');
    for (const code of ['EVENTBUS_BROKER_BATCH_CORRUPT', 'EVENTBUS_KAFKA_RECORDS_CORRUPT']) {
      if (!log.includes(code)) broken.push(`the log does not tell of ${code}`);
    }
    return { bus, recoveryMs, acknowledged, expectedDamage: partsOf(damaged), broken };
  },
};

export const damageDrills: readonly Drill[] = [bitFlips, damagedFiles];
