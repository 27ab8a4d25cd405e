import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../e2e/bus.ts';
import { sql } from '../e2e/observing.ts';
import type { Drill } from './drill.ts';
import { startLoad, until, untilCaughtUp } from './load.ts';
import { batchOf, json, poisons, publish } from './raw-messages.ts';

const minuteMs = 60_000;
/** Clocks that stand more than an hour behind the devices' refuse their times, so a step back stays below that. */
const jumpsMs = [300 * minuteMs, 0, -45 * minuteMs, 0];

/** A device whose own clock steps back and forth, and which sends each reading twice. */
function* jumpingDevice(name: string, jumps: readonly number[]) {
  for (const [sequence, jumpMs] of jumps.entries()) {
    const time = new Date(Date.now() + jumpMs).toISOString();
    const batch = batchOf(name, sequence);
    const reading = { ...batch.readings[0], time };
    for (let copy = 0; copy < 2; copy += 1) yield json(name, { ...batch, readings: [reading] });
  }
}

/** Windows that hold something measured at no time when anything was, and windows that hold a number of readings not right. */
async function brokenWindows(bus: Bus, fromMs: number): Promise<readonly string[]> {
  const [outside] = await sql<{ windows: number }>(
    bus,
    `select count(*)::int as windows from reading_window
     where device_id not like 'jumping-%' and (window_start < to_timestamp(${fromMs / 1000}) - interval '11 minutes' or window_start > now())`,
  );
  const [sums] = await sql<{ windowed: number; readings: number }>(
    bus,
    `select (select sum(count)::int from reading_window where metric = 'speed' and device_id not like 'jumping-%') as windowed,
       (select count(speed_kmh)::int from vehicle_reading where vehicle_id not like 'jumping-%') as readings`,
  );
  return [
    ...(outside?.windows === 0 ? [] : [`${outside?.windows} windows lie outside the time of the drill`]),
    ...(sums?.windowed === sums?.readings
      ? []
      : [`windows hold ${sums?.windowed} speeds, the series ${sums?.readings}`]),
  ];
}

export const clockDrill: Drill = {
  name: 'clock-jumps',
  title: 'the clock of the bus jumps hours forward and back, and those of devices too',
  lengths: ['medium', 'long'],
  async run(context) {
    const file = join(context.folder, 'fault');
    writeFileSync(file, '0');
    const startedMs = Date.now();
    const bus = await context.startBus({ preload: new URL(`./faults/clock-shift.ts?file=${file}`, import.meta.url) });
    const load = startLoad(bus.dataDir, 500);
    const rounds = context.length === 'long' ? 3 : 1;
    let letters = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const jumpMs of jumpsMs) {
        await sleep(5000 + context.random() * 2000);
        const before = load.acknowledged;
        writeFileSync(file, String(jumpMs));
        await publish(bus, [poisons[letters % poisons.length]?.(`bad-${letters}`) ?? json('', {})]);
        letters += 1;
        await sleep(5000);
        context.say(
          `clock at ${jumpMs / minuteMs} minutes: ${load.acknowledged - before} readings acknowledged in 5 s`,
        );
      }
      const own = [0, 40, -300, 20, -10_000, 0].map((minutes) => minutes * minuteMs);
      await publish(bus, jumpingDevice(`jumping-${round}`, own));
    }
    const { acknowledged } = await load.stop();
    const recoveryMs = await untilCaughtUp(bus);
    await until(async () => (await stored(bus)) === letters, `${letters} letters are stored`);
    const broken = [...(await brokenWindows(bus, startedMs))];
    const [own] = await sql<{ readings: number }>(
      bus,
      "select count(*)::int as readings from vehicle_reading where vehicle_id like 'jumping-%'",
    );
    if (own?.readings !== rounds * 6) broken.push(`${own?.readings} readings of jumping devices, sent ${rounds * 6}`);
    return { bus, recoveryMs, acknowledged, expectedLetters: letters, broken };
  },
};

async function stored(bus: Bus): Promise<number> {
  const [row] = await sql<{ letters: number }>(bus, 'select count(*)::int as letters from dead_letter');
  return row?.letters ?? 0;
}
