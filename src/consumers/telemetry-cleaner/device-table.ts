import { type DeviceFacts, unknownDevice } from '../../core/cleaning/device.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';

/** Looks devices up; every asked id is in the answer. */
export interface DeviceTable {
  factsOf(ids: Iterable<string>): Promise<ReadonlyMap<string, DeviceFacts>>;
}

/** Reads the rows of the ids that the table knows. */
export type ReadDevices = (ids: readonly string[]) => Promise<ReadonlyMap<string, DeviceFacts>>;

export interface DeviceCacheOptions {
  readonly read: ReadDevices;
  /** ms by a clock that only goes forwards. */
  readonly clock: () => number;
  /**
   * How long an answer holds, also that a device is not known, ms.
   * @default 30000
   */
  readonly ttlMs?: number;
  /**
   * Devices remembered; beyond it the memory starts anew.
   * @default 50000
   */
  readonly maxDevices?: number;
}

/** Remembers what the device table said for a while, so that a batch costs at most one query. */
export function makeDeviceCache({ read, clock, ttlMs = 30_000, maxDevices = 50_000 }: DeviceCacheOptions): DeviceTable {
  const known = new Map<string, { readonly facts: DeviceFacts; readonly untilMs: number }>();
  return {
    async factsOf(ids) {
      const now = clock();
      const answer = new Map<string, DeviceFacts>();
      const missing: string[] = [];
      for (const id of new Set(ids)) {
        const entry = known.get(id);
        if (entry !== undefined && entry.untilMs > now) answer.set(id, entry.facts);
        else missing.push(id);
      }
      if (missing.length === 0) return answer;
      const found = await read(missing);
      if (known.size + missing.length > maxDevices) known.clear();
      for (const id of missing) {
        const facts = found.get(id) ?? unknownDevice;
        known.set(id, { facts, untilMs: now + ttlMs });
        answer.set(id, facts);
      }
      return answer;
    },
  };
}

interface DeviceRow extends DeviceFacts {
  readonly id: string;
}

/** Reads devices from PostgreSQL. */
export function readDevicesFrom(pool: Pool): ReadDevices {
  return (ids) =>
    onConnection(pool, async (client) => {
      const found = await client.query<DeviceRow>(
        `select device_id as id, type, fleet, city, site_id as "siteId", time_zone as "timeZone"
         from device where device_id = any($1::text[])`,
        [ids],
      );
      return new Map(found.rows.map(({ id, ...facts }) => [id, facts]));
    });
}
