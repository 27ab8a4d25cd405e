import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ReplaySummary } from '../../src/cli/replay-file/replay-file.ts';
import { recordedFile, recordedHere, recordedNote } from '../make/recorded-data.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { type Audited, audit, sql } from './observing.ts';
import { lastSnapshots, newestUpdates, recordedTrips, storedAvailability, storedTrips } from './recorded-mobility.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();
let bus: Bus;
let counted: ReplaySummary;
let rides: ReplaySummary;
let afterCounts: Awaited<ReturnType<typeof storedAvailability>>;
let audited: Audited;

async function replay(profile: 'gbfs' | 'bikes', via: 'mqtt' | 'grpc'): Promise<ReplaySummary> {
  const target = ['--profile', profile, '--via', via, '--speed', 'max', '--data-dir', folder.path, '--json'];
  const { exitCode, output, errors } = await runVerb(['replay-file', recordedFile(profile), ...target]);
  if (exitCode !== 0) throw new Error(`replay-file ended with ${exitCode}: ${errors}`);
  return JSON.parse(output);
}

(recordedHere ? describe : describe.skip)(`two days of stations and a month of rides in Oslo${recordedNote}`, () => {
  beforeAll(async () => {
    bus = await startBus({ dataDir: folder.path, engines: await freshEngines(), flags: ['--lake-seconds', '2'] });
    counted = await replay('gbfs', 'mqtt');
    await audit(bus);
    afterCounts = await storedAvailability(bus);
    rides = await replay('bikes', 'grpc');
    audited = await audit(bus);
  }, 900_000);

  afterAll(async () => {
    await killLeftovers();
    folder.remove();
  });

  test('are sent and acknowledged, every row', () => {
    expect([counted.rows, counted.acknowledged, counted.badRows]).toEqual([35_812, 35_812, 0]);
    expect([rides.rows, rides.acknowledged, rides.badRows]).toEqual([14_434, 2 * 14_434, 0]);
  });

  test('leave every station as its last snapshot counted it', () => {
    const last = lastSnapshots(recordedFile('gbfs'));
    expect(last).toHaveLength(262);
    const stored = afterCounts.map(({ entityId, vehicles, docks, updatedAt }) => ({
      entityId,
      vehicles,
      docks,
      updatedAt,
    }));
    expect(stored).toEqual(last);
  });

  test('leave the compacted topic with the values of the read model', async () => {
    expect(await newestUpdates(bus)).toEqual(await storedAvailability(bus));
  });

  test('make the trips of the file: how many, from where to where, how long', async () => {
    const { rows, ...trips } = recordedTrips(recordedFile('bikes'));
    expect([rows, trips.trips]).toEqual([14_434, 14_433]);
    expect(await storedTrips(bus)).toEqual(trips);
  });

  test('have a fate for every event: the row that the file has twice is two skipped copies', async () => {
    expect(audited).toMatchObject({ exitCode: 0, report: { missing: 0, duplicated: 0 } });
    expect(audited.row('inventory-projector', 'veh.events.raw')).toMatchObject({
      records: 35_812 + 2 * 14_434,
      applied: 35_812 + 2 * 14_433,
      skipped: { duplicate: 2 },
    });
    const copies = await sql<{ count: number }>(
      bus,
      `select count(*)::int as count from skipped_record where consumer = 'inventory-projector'`,
    );
    expect(copies).toEqual([{ count: 2 }]);
  });
});
