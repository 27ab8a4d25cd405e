/**
 * What the writers of time series and windows reach, in readings a second and processor time a reading, beside a bare insert by `unnest` through the
 * same connection; on the embedded PostgreSQL and, with EVENT_BUS_TEST_POSTGRES_URL, on that server too.
 *   node bin/run.mjs test/bench/postgres.ts
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchProcessor, Item } from '../../src/consumers/batch/processor.ts';
import type { Cleaned } from '../../src/consumers/cleaned-item.ts';
import { makeTimeseriesProcessor } from '../../src/consumers/timeseries-writer/processor.ts';
import { makeWindowProcessor } from '../../src/consumers/window-aggregator/processor.ts';
import { paths } from '../../src/local/postgres/data-folder.ts';
import { startEmbeddedPostgres } from '../../src/local/postgres/embedded-postgres.ts';
import { float8Array, int8Array, timestamptzArray } from '../../src/postgres/binary-array.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { makePool, type Pool } from '../../src/postgres/pool.ts';
import { batchOf, sensorItem, signal, vehicleItem } from '../make/cleaned-items.ts';
import { emptyTables, outsideDatabase } from '../make/postgres.ts';
import { may1st } from '../make/readings.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const batchSize = 1000;
const batchesPerRound = 20;
const rounds = 7;
const readings = batchSize * batchesPerRound;

type Batches = readonly (readonly Item<Cleaned>[])[];

function batchesOf(make: (n: number) => Item<Cleaned>): Batches {
  return Array.from({ length: batchesPerRound }, (_, batch) =>
    Array.from({ length: batchSize }, (_, index) => make(batch * batchSize + index)),
  );
}

function vehicles(count: number): Batches {
  return batchesOf((n) =>
    vehicleItem(n, {
      vehicleId: `vehicle-${n % count}`,
      time: may1st + Math.floor(n / count) * 1000,
      sequence: n,
      latitude: 59.91 + n / 1e6,
      speedKmh: (n * 7) % 90,
      batteryPercent: 90 - n / 1e4,
      distanceKm: 0.01,
    }),
  );
}

const turbines = batchesOf((n) => sensorItem(n, { deviceId: `turbine-${n % 100}`, time: may1st + n * 1000 }));

async function bareInsert(pool: Pool): Promise<void> {
  for (let batch = 0; batch < batchesPerRound; batch += 1) {
    const numbers = Array.from({ length: batchSize }, (_, index) => batch * batchSize + index);
    await pool.query({
      name: 'bare',
      text: `insert into bare select * from unnest($1::bigint[], $2::timestamptz[], $3::float8[]) on conflict do nothing`,
      values: [int8Array(numbers), timestamptzArray(numbers.map((n) => may1st + n)), float8Array(numbers)],
    });
  }
}

interface Cost {
  readonly perSecond: number;
  /** Processor time of this process a reading, µs: client and embedded engine. */
  readonly cpuMicros: number;
}

/** Medians over the rounds, each on empty tables. */
async function cost(pool: Pool, work: () => Promise<void>): Promise<Cost> {
  const seconds: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await emptyTables(pool);
    await pool.query('truncate bare');
    const start = performance.now();
    const before = process.cpuUsage();
    await work();
    seconds.push((performance.now() - start) / 1e3);
    const used = process.cpuUsage(before);
    cpu.push((used.user + used.system) / readings);
  }
  return { perSecond: readings / median(seconds), cpuMicros: median(cpu) };
}

function median(values: number[]): number {
  return values.sort((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}

function through(processor: BatchProcessor<Cleaned>, batches: Batches): () => Promise<void> {
  return async () => {
    for (const items of batches) await processor.apply(batchOf(...items), signal);
  };
}

async function measure(engine: string, pool: Pool): Promise<void> {
  await pool.query('create table bare (n bigint primary key, time timestamptz, value float8)');
  const bare = await cost(pool, () => bareInsert(pool));
  const line = (name: string, { perSecond, cpuMicros }: Cost) => {
    const figures = `${Math.round(perSecond).toLocaleString('en').padStart(9)}/s  ${cpuMicros.toFixed(1).padStart(5)} µs`;
    const ratio = `${(perSecond / bare.perSecond).toFixed(2)} of bare`;
    process.stdout.write(`${engine.padEnd(9)} ${name.padEnd(44)} ${figures}  ${ratio}\n`);
  };
  line('bare unnest insert, 3 columns', bare);
  const writer = makeTimeseriesProcessor(pool);
  const windows = makeWindowProcessor(pool);
  line('time series, vehicle readings', await cost(pool, through(writer, vehicles(50))));
  line('time series, turbine readings (3 values each)', await cost(pool, through(writer, turbines)));
  line('windows, 50 vehicles', await cost(pool, through(windows, vehicles(50))));
  line('windows, every reading another vehicle', await cost(pool, through(windows, vehicles(batchSize))));
  line('windows, turbine readings (3 values each)', await cost(pool, through(windows, turbines)));
  const both = async () => {
    await Promise.all([through(writer, vehicles(50))(), through(windows, vehicles(50))()]);
  };
  line('time series and windows side by side', await cost(pool, both));
}

const folder = temporaryDirectory();
const postgres = await startEmbeddedPostgres({ dataDir: folder.path, port: 0 });
const pool = makePool(postgres.url, { max: 4 });
await migrate(pool);
await measure('embedded', pool);
const segments = readdirSync(join(paths(folder.path).data, 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name));
process.stdout.write(
  `embedded     resident ${Math.round(process.memoryUsage().rss / 1e6)} MB with the client, write-ahead log ${segments.length * 16} MB\n`,
);
await pool.end();
await postgres.close();
folder.remove();

if (process.env['EVENT_BUS_TEST_POSTGRES_URL'] !== undefined) {
  const outside = await outsideDatabase();
  await measure('server', outside.pool);
  await outside.close();
}
