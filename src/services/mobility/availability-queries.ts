import type { AvailabilityStatus } from '../../catalogue/events.generated.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';

/** What is asked for; absent parts ask for everything. */
export interface AvailabilityQuery {
  /** Small letters, as events name it. */
  readonly city?: string | undefined;
  /** Station's own id, or the station that vehicles stand at. */
  readonly station?: string | undefined;
  readonly vehicleType?: string | undefined;
  /** @default station */
  readonly kind?: 'station' | 'vehicle' | undefined;
  /** Items at most. */
  readonly limit: number;
  /** Key of the last item of the page before. */
  readonly after?: string | undefined;
}

interface AvailableItem {
  /** Key in the topic: city and station joined by a slash, or the vehicle. */
  readonly entityId: string;
  readonly city: string | null;
  readonly status: AvailabilityStatus;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

export interface AvailableStation extends AvailableItem {
  readonly stationId: string;
  /** Vehicles ready to rent, of the type asked for when one is; null before anything has counted them. */
  readonly vehicles: number | null;
  readonly vehiclesByType: Readonly<Record<string, number>>;
  /** Free docks. */
  readonly docks: number | null;
}

export interface AvailableVehicle extends AvailableItem {
  readonly vehicleId: string;
  readonly vehicleType: string | null;
  /** Null outside of stations. */
  readonly stationId: string | null;
  readonly batteryPercent: number | null;
  readonly bookingId: string | null;
}

/** Vehicles ready to rent of one type in one city. */
export interface CityTotal {
  readonly city: string | null;
  readonly vehicleType: string | null;
  readonly atStations: number;
  readonly freeFloating: number;
  readonly vehicles: number;
}

export interface AvailabilityPage {
  readonly items: readonly (AvailableStation | AvailableVehicle)[];
  /** What the whole city has, or all cities; by type. */
  readonly totals: readonly CityTotal[];
  /** What `after` takes for the next page; null at the end. */
  readonly next: string | null;
}

/** Answers what is free where. */
export interface AvailabilityQueries {
  page(query: AvailabilityQuery): Promise<AvailabilityPage>;
}

const common = `entity_id as "entityId", city, status, latitude, longitude,
  to_char(updated_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "updatedAt"`;

const stationsSql = `
  select ${common}, station_id as "stationId",
    case when $3::text is null then vehicles_available else (vehicles_by_type ->> $3::text)::integer end as vehicles,
    vehicles_by_type as "vehiclesByType", docks_available as docks
  from availability
  where kind = 'STATION' and ($1::text is null or city = $1) and ($2::text is null or station_id = $2)
    and ($3::text is null or vehicles_by_type ? $3::text) and ($4::text is null or entity_id > $4)
  order by entity_id limit $5`;

const vehiclesSql = `
  select ${common}, entity_id as "vehicleId", vehicle_type as "vehicleType", station_id as "stationId",
    battery_percent as "batteryPercent", booking_id as "bookingId"
  from availability
  where kind = 'VEHICLE' and ($1::text is null or city = $1) and ($2::text is null or station_id = $2)
    and ($3::text is null or vehicle_type = $3) and ($4::text is null or entity_id > $4)
  order by entity_id limit $5`;

const totalsSql = `
  select city, vehicle_type as "vehicleType", at_stations::integer as "atStations",
    free_floating::integer as "freeFloating", vehicles_available::integer as vehicles
  from availability_by_city
  where ($1::text is null or city = $1) and ($2::text is null or vehicle_type = $2)
  order by city nulls last, vehicle_type`;

/** The queries on the read model of PostgreSQL. */
export function makeAvailabilityQueries(pool: Pool): AvailabilityQueries {
  return {
    page: (query) =>
      onConnection(pool, async (client) => {
        const { city = null, station = null, vehicleType = null, kind = 'station', after = null, limit } = query;
        const text = kind === 'station' ? stationsSql : vehiclesSql;
        const [found, totals] = await Promise.all([
          client.query<AvailableStation | AvailableVehicle>(text, [city, station, vehicleType, after, limit + 1]),
          client.query<CityTotal>(totalsSql, [city, vehicleType]),
        ]);
        const items = found.rows.slice(0, limit);
        const next = found.rows.length > limit ? (items.at(-1)?.entityId ?? null) : null;
        return { items, totals: totals.rows, next };
      }),
  };
}
