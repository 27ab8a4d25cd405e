import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ReplaySummary, replayFile } from '../../src/cli/replay-file/replay-file.ts';
import { seededRandom } from '../../src/core/simulation/random.ts';
import { readEndpoints } from '../../src/local/platform/endpoints.ts';
import { recordedHere, recordedNote, recordedPart } from '../make/recorded-data.ts';
import { type Bus, type Engines, freshEngines, killLeftovers, portsOf, startBus, temporaryFolder } from './bus.ts';
import { type Audited, audit, lake, sql } from './observing.ts';

/** Latest moment after the chosen share has come through, ms. */
const latestMs = 500;
const kills = 3;

/** The moments of one run; another seed gives other moments, the same seed the same. */
const seed = Number(process.env['EVENT_BUS_TEST_SEED'] ?? 20_260_504);

/** Plays a file and knows how much of it has been acknowledged. */
class Player {
  acknowledged = 0;
  readonly summary: Promise<ReplaySummary>;

  readonly rows: number;

  constructor(profile: 'twizy' | 'scada', { via, dataDir }: { via: 'mqtt' | 'grpc'; dataDir: string }) {
    const { path: file, rows } = recordedPart(profile, { folder: dataDir });
    this.rows = rows;
    this.summary = replayFile({
      file,
      profile,
      via,
      speed: 'max',
      target: () => readEndpoints(dataDir)[via],
      outageMs: 300_000,
      onProgress: ({ acknowledged }) => {
        this.acknowledged = acknowledged;
      },
    });
  }

  /** Tells later whether this share of what is not acknowledged now has been. */
  after(share: number): () => boolean {
    const target = this.acknowledged + share * (this.rows - this.acknowledged);
    return () => this.acknowledged > target;
  }
}

interface Run {
  /** Rows sent of each file. */
  readonly sent: { readonly twizy: number; readonly scada: number };
  readonly bus: Bus;
  readonly summaries: readonly ReplaySummary[];
  readonly audited: Audited;
}

/** Plays both files and kills the bus when a random share of one has come through; in the end lets it catch up. */
async function runWithKills(folder: string, engines: Engines): Promise<Run> {
  const random = seededRandom(seed);
  const flags = ['--lake-seconds', '2'];
  let bus = await startBus({ dataDir: folder, engines, flags });
  const ports = portsOf(bus.endpoints);
  const twizy = new Player('twizy', { via: 'mqtt', dataDir: folder });
  const scada = new Player('scada', { via: 'grpc', dataDir: folder });
  const players = [twizy, scada];
  for (let kill = 0; kill < kills; kill++) {
    const reached = players.map((player) => player.after(0.05 + random() * 0.3));
    const sending = () => players.some(({ acknowledged, rows }) => acknowledged < rows);
    while (sending() && !reached.some((itIs) => itIs())) await sleep(2);
    await sleep(random() * latestMs);
    await bus.kill();
    bus = await startBus({ dataDir: folder, engines, flags, ports });
  }
  const summaries = await Promise.all(players.map(({ summary }) => summary));
  return { sent: { twizy: twizy.rows, scada: scada.rows }, bus, summaries, audited: await audit(bus) };
}

const variants = [
  { name: 'embedded engines', enginesOf: async () => ({}) },
  { name: 'real engines', enginesOf: freshEngines },
];

(recordedHere ? describe : describe.skip).each(variants)(
  `the bus on $name, killed ${kills} times while devices send (seed ${seed})${recordedNote}`,
  ({ enginesOf }) => {
    const folder = temporaryFolder();
    let run: Run;

    beforeAll(async () => {
      run = await runWithKills(folder.path, await enginesOf());
    }, 900_000);

    afterAll(async () => {
      await killLeftovers();
      folder.remove();
    });

    test('acknowledges every row in the end, to devices that had to come back', () => {
      const sum = (pick: (summary: ReplaySummary) => number) =>
        run.summaries.reduce((total, summary) => total + pick(summary), 0);
      expect(sum(({ acknowledged }) => acknowledged)).toBe(run.sent.twizy + run.sent.scada);
      expect(sum(({ reconnects }) => reconnects)).toBeGreaterThanOrEqual(kills);
      expect(sum(({ resent }) => resent)).toBeGreaterThan(0);
    });

    test('has one fate for every record: nothing is missing, nothing is there twice', () => {
      expect(run.audited).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    });

    test('keeps each row of the car’s file in the time series exactly once', async () => {
      const [found] = await sql(
        run.bus,
        `select count(*)::int as rows, count(distinct sequence)::int as sequences, min(sequence)::int as first,
                max(sequence)::int as last from vehicle_reading`,
      );
      const rows = run.sent.twizy;
      expect(found).toEqual({ rows, sequences: rows, first: 1, last: rows });
    });

    test('keeps each row of the turbine’s file in the time series and its windows exactly once', async () => {
      const [found] = await sql(
        run.bus,
        `select count(*)::int as rows, count(distinct sequence)::int as sequences, max(sequence)::int as last,
                (select sum(count)::int from reading_window_day where metric = 'energy') as in_windows
         from measurement where metric = 'activePower'`,
      );
      const rows = run.sent.scada;
      expect(found).toEqual({ rows, sequences: rows, last: rows, in_windows: rows });
    });

    test('raises each incident once, and holds each record of the log in one row of the lake', async () => {
      const [alerts] = await lake(
        run.bus.endpoints.lake,
        `SELECT count(DISTINCT (incidentId, state))::INTEGER AS told, count(DISTINCT ce_id)::INTEGER AS events
         FROM {*alerts*}`,
      );
      expect(alerts?.['told']).toBe(alerts?.['events']);
      expect(Number(alerts?.['told'])).toBeGreaterThan(0);
      const [twice] = await lake(
        run.bus.endpoints.lake,
        `SELECT count(*)::INTEGER AS rows,
                count(DISTINCT (kafka_topic, kafka_partition, kafka_offset))::INTEGER AS places FROM {*}`,
      );
      expect(twice?.['rows']).toBe(twice?.['places']);
    });

    test('ends cleanly afterwards', async () => {
      expect((await run.bus.stop()).exitCode).toBe(0);
    });
  },
);
