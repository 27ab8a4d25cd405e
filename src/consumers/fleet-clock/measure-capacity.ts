import type { VehicleStatus } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { type Area, operatingAreas } from '../../core/alerting/areas.ts';
import {
  type CountedVehicle,
  capacityLevel,
  capacityWindowMs,
  type Supply,
  supplyOf,
} from '../../core/fleet/capacity.ts';
import { dispatchedTypes } from '../../core/fleet/dispatch.ts';
import { isInside, type Position } from '../../core/geometry.ts';
import { windowStartMs } from '../../core/windows/window.ts';
import type { EffectContext } from '../effects/effect-processor.ts';

/** Measures every zone that has a vehicle or a request, once a window; returns how many zones. */
export async function measureCapacity(context: EffectContext, name: string): Promise<number> {
  const { client, nowMs } = context;
  const endMs = windowStartMs(nowMs, capacityWindowMs);
  const startMs = endMs - capacityWindowMs;
  const done = await client.query('select 1 from fleet_capacity where window_start = $1 limit 1', [new Date(startMs)]);
  if (done.rows.length > 0) return 0;
  const vehicles = await placedVehicles(context);
  const requests = await openRequests(context);
  let measured = 0;
  for (const zone of operatingAreas) {
    const inside = vehicles.filter(({ position }) => isInside(zone.polygon, position));
    const open = requests.filter((position) => isInside(zone.polygon, position)).length;
    if (inside.length === 0 && open === 0) continue;
    const kept = await keep(context, { zone, startMs, endMs, supply: supplyOf(inside), open, name });
    if (kept) measured += 1;
  }
  return measured;
}

type Placed = CountedVehicle & { readonly position: Position };

async function placedVehicles({ client, nowMs }: EffectContext): Promise<readonly Placed[]> {
  const { rows } = await client.query<{
    readonly status: VehicleStatus;
    readonly battery_percent: number | null;
    readonly latitude: number;
    readonly longitude: number;
    readonly taken: boolean;
    readonly out: boolean;
  }>(
    `select status, battery_percent, latitude, longitude,
       exists (select from fleet_dispatch d where d.vehicle_id = v.vehicle_id
         and d.status in ('ASSIGNED', 'REASSIGNED', 'ACCEPTED', 'EN_ROUTE')) as taken,
       fallback_id is not null or exists (select from fleet_emergency e where e.vehicle_id = v.vehicle_id
         and e.state not in ('RESOLVED', 'FALSE_ALARM')) as out
     from fleet_vehicle v
     where latitude is not null and longitude is not null and vehicle_type = any($1::text[]) and heard_at > $2`,
    [dispatchedTypes, new Date(nowMs - 24 * 3_600_000)],
  );
  return rows.map(({ status, battery_percent: batteryPercent, latitude, longitude, taken, out: outOfService }) => ({
    status,
    batteryPercent,
    taken,
    outOfService,
    position: { latitude, longitude },
  }));
}

async function openRequests({ client }: EffectContext): Promise<readonly Position[]> {
  const { rows } = await client.query<Position>(
    `select latitude, longitude from fleet_dispatch where status = 'REQUESTED'`,
  );
  return rows;
}

interface Measured {
  readonly zone: Area;
  readonly startMs: number;
  readonly endMs: number;
  readonly supply: Supply;
  readonly open: number;
  readonly name: string;
}

async function keep({ client, effects }: EffectContext, measured: Measured): Promise<boolean> {
  const { zone, startMs, endMs, supply, open, name } = measured;
  const level = capacityLevel(supply, open);
  const { rowCount } = await client.query(
    `insert into fleet_capacity (zone_id, window_start, level, total, available, in_use, charging, out_of_service, open_requests)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [
      zone.id,
      new Date(startMs),
      level,
      supply.total,
      supply.available,
      supply.inUse,
      supply.charging,
      supply.outOfService,
      open,
    ],
  );
  if (rowCount !== 1) return false;
  effects.event({
    topic: 'fleet.capacity.v1',
    key: zone.id,
    subject: 'CapacityEvent',
    value: {
      zoneId: zone.id,
      city: zone.city,
      windowStart: startMs,
      windowEnd: endMs,
      level,
      vehiclesTotal: supply.total,
      vehiclesAvailable: supply.available,
      vehiclesInUse: supply.inUse,
      vehiclesCharging: supply.charging,
      vehiclesOutOfService: supply.outOfService,
      openRequests: open,
      expectedTrips: null,
      forecastVersion: null,
    },
    event: {
      id: derivedId(`${zone.id}@${startMs}`, `${name}/capacity`, 0),
      type: 'capacity.measured',
      time: new Date(endMs).toISOString(),
    },
  });
  return true;
}
