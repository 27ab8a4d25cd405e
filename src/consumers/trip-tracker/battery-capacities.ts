import { onConnection, type Pool } from '../../postgres/pool.ts';

/** Nominal capacities of batteries, kWh, by vehicle; vehicles without a known one are absent. */
export type BatteryCapacities = (vehicleIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;

const keptMs = 60_000;

/** Reads the device table, and again after a minute. */
export function makeBatteryCapacities(pool: Pool, clock: () => number = Date.now): BatteryCapacities {
  let known = new Map<string, number | null>();
  let untilMs = 0;
  return async (vehicleIds) => {
    if (clock() >= untilMs) {
      known = new Map();
      untilMs = clock() + keptMs;
    }
    const asked = [...new Set(vehicleIds)];
    const missing = asked.filter((id) => !known.has(id));
    if (missing.length > 0) for (const [id, kwh] of await read(pool, missing)) known.set(id, kwh);
    return new Map(
      asked.flatMap((id) => {
        const kwh = known.get(id) ?? null;
        return kwh === null ? [] : [[id, kwh] as const];
      }),
    );
  };
}

async function read(pool: Pool, ids: readonly string[]): Promise<readonly (readonly [string, number | null])[]> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<{ device_id: string; battery_kwh: number }>(
      'select device_id, battery_kwh from device where device_id = any($1::text[]) and battery_kwh is not null',
      [ids],
    ),
  );
  const found = new Map(rows.map((row) => [row.device_id, row.battery_kwh]));
  return ids.map((id) => [id, found.get(id) ?? null] as const);
}
