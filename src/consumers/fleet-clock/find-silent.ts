import type { VehicleStatus } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { isBusSilent, isSilent, reportingStates, silentAfterMs } from '../../core/fleet/silence.ts';
import type { EffectContext } from '../effects/effect-processor.ts';

interface SilentRow {
  readonly vehicle_id: string;
  readonly status: VehicleStatus;
  readonly heard_at: Date;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly speed_kmh: number | null;
  readonly trip_id: string | null;
  readonly city: string | null;
}

/** How many vehicles fell silent, and whether so many that the bus itself must be at fault. */
export interface SilenceFound {
  readonly silent: number;
  readonly busSilent: boolean;
}

/** Begins the fallback of vehicles that should report and do not. */
export async function findSilent(context: EffectContext, name: string): Promise<SilenceFound> {
  const { client, effects, nowMs } = context;
  const { rows } = await client.query<SilentRow>(
    `select vehicle_id, status, heard_at, latitude, longitude, speed_kmh, trip_id, city from fleet_vehicle
     where fallback_id is null and heard_at <= $1 and status = any($2::text[])
     order by vehicle_id limit 1000 for update skip locked`,
    [new Date(nowMs - silentAfterMs), reportingStates],
  );
  const silent = rows.filter((row) => isSilent({ status: row.status, heardAtMs: row.heard_at.getTime() }, nowMs));
  if (silent.length === 0) return { silent: 0, busSilent: false };
  if (isBusSilent(silent.length, await reporting(context))) return { silent: silent.length, busSilent: true };
  for (const row of silent) {
    const fallbackId = derivedId(`${row.vehicle_id}@${row.heard_at.toISOString()}`, `${name}/silent`, 0);
    await client.query('update fleet_vehicle set fallback_id = $2, fallback_at = $3 where vehicle_id = $1', [
      row.vehicle_id,
      fallbackId,
      new Date(nowMs),
    ]);
    effects.event({
      topic: 'safety.fallback.v1',
      key: row.vehicle_id,
      subject: 'FallbackEvent',
      value: {
        fallbackId,
        vehicleId: row.vehicle_id,
        mode: 'DEGRADED',
        state: 'ENTERED',
        cause: 'CONNECTIVITY_LOST',
        occurredAt: nowMs,
        durationMs: null,
        latitude: row.latitude,
        longitude: row.longitude,
        speedKmh: row.speed_kmh,
        faults: [],
        softwareVersion: null,
        operatorId: null,
        tripId: row.trip_id,
        emergencyId: null,
        city: row.city,
      },
      event: {
        id: derivedId(fallbackId, `${name}/entered`, 0),
        type: 'fallback.entered',
        time: new Date(nowMs).toISOString(),
      },
    });
  }
  return { silent: silent.length, busSilent: false };
}

/** Vehicles that should report, silent ones included. */
async function reporting({ client }: EffectContext): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*) as count from fleet_vehicle where fallback_id is null and status = any($1::text[])',
    [reportingStates],
  );
  return rows[0]?.count ?? 0;
}
