import { textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import type { Pool } from '../../postgres/pool.ts';
import { onConnection } from '../../postgres/pool.ts';
import type { Item } from '../batch/processor.ts';
import { type Cleaned, isVehicle } from '../cleaned-item.ts';

/** What readings tell about their device. */
interface DeviceSight {
  readonly deviceId: string;
  readonly kind: string;
  readonly type: string | null;
  readonly fleet: string | null;
  readonly city: string | null;
  readonly siteId: string | null;
  firstMs: number;
  lastMs: number;
}

/** How far `last_seen` may lag behind while a device is sending: a device costs one update a minute. */
const staleMs = 60_000;
/** Devices remembered; the oldest are forgotten first, which costs an update and nothing else. */
const maxRemembered = 100_000;

const upsertSql = `
  insert into device as d (device_id, kind, type, fleet, city, site_id, first_seen, last_seen)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::timestamptz[])
  on conflict (device_id) do update set
    kind = coalesce(d.kind, excluded.kind),
    type = coalesce(d.type, excluded.type),
    fleet = coalesce(d.fleet, excluded.fleet),
    city = coalesce(d.city, excluded.city),
    site_id = coalesce(d.site_id, excluded.site_id),
    first_seen = least(d.first_seen, excluded.first_seen),
    last_seen = greatest(d.last_seen, excluded.last_seen)`;

function sightOf(value: Cleaned): DeviceSight {
  const { time } = value;
  if (isVehicle(value)) {
    const type = value.vehicleType === 'unknown' ? null : value.vehicleType;
    const { vehicleId, fleet, city } = value;
    return { deviceId: vehicleId, kind: 'vehicle', type, fleet, city, siteId: null, firstMs: time, lastMs: time };
  }
  const { deviceId, siteId } = value;
  const kind = value.deviceKind.toLowerCase();
  return { deviceId, kind, type: null, fleet: null, city: null, siteId, firstMs: time, lastMs: time };
}

/** Keeps the device table up to what the readings show: new devices, first and last reading. An operator's entries stay. */
export class DeviceMetadata {
  readonly #pool: Pool;
  readonly #stored = new Map<string, { readonly firstMs: number; readonly lastMs: number }>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async note(items: readonly Item<Cleaned>[]): Promise<void> {
    const sights = this.#changed(items);
    if (sights.length === 0) return;
    await onConnection(this.#pool, (client) =>
      client.query({
        name: 'device-upsert',
        text: upsertSql,
        values: [
          textArray(sights.map(({ deviceId }) => deviceId)),
          textArray(sights.map(({ kind }) => kind)),
          textArray(sights.map(({ type }) => type)),
          textArray(sights.map(({ fleet }) => fleet)),
          textArray(sights.map(({ city }) => city)),
          textArray(sights.map(({ siteId }) => siteId)),
          timestamptzArray(sights.map(({ firstMs }) => firstMs)),
          timestamptzArray(sights.map(({ lastMs }) => lastMs)),
        ],
      }),
    );
    for (const sight of sights) this.#remember(sight);
  }

  #changed(items: readonly Item<Cleaned>[]): readonly DeviceSight[] {
    const sights = new Map<string, DeviceSight>();
    for (const { value } of items) {
      const id = isVehicle(value) ? value.vehicleId : value.deviceId;
      const stored = this.#stored.get(id);
      if (stored !== undefined && value.time >= stored.firstMs && value.time < stored.lastMs + staleMs) continue;
      const sight = sights.get(id);
      if (sight === undefined) sights.set(id, sightOf(value));
      else {
        sight.firstMs = Math.min(sight.firstMs, value.time);
        sight.lastMs = Math.max(sight.lastMs, value.time);
      }
    }
    // One order for everyone, so that two writers never wait for each other in a circle.
    return [...sights.values()].toSorted((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  }

  #remember({ deviceId, firstMs, lastMs }: DeviceSight): void {
    const stored = this.#stored.get(deviceId);
    this.#stored.delete(deviceId);
    this.#stored.set(deviceId, {
      firstMs: Math.min(firstMs, stored?.firstMs ?? firstMs),
      lastMs: Math.max(lastMs, stored?.lastMs ?? lastMs),
    });
    if (this.#stored.size <= maxRemembered) return;
    const oldest = this.#stored.keys().next().value;
    if (oldest !== undefined) this.#stored.delete(oldest);
  }
}
