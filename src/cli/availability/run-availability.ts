import { type AvailabilityPage, makeAvailabilityQueries } from '../../services/mobility/availability-queries.ts';
import { withDatabase } from '../bus-database.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Cell, table } from '../terminal/table.ts';
import type { AvailabilityFlags } from './command.ts';

/** Prints what is free; answers the exit code. */
export async function runAvailability(flags: AvailabilityFlags): Promise<number> {
  const { city, station, vehicleType, kind, limit, cursor: after } = flags;
  const page = await withDatabase(flags, { applicationName: 'event-bus-availability', max: 1 }, (pool) =>
    makeAvailabilityQueries(pool).page({ city, station, vehicleType, kind, limit, after }),
  );
  process.stdout.write(flags.json === true ? `${JSON.stringify(page)}\n` : availabilityText(page));
  return exitCodes.ok;
}

/** The page for people: the items, then the totals. */
export function availabilityText({ items, totals, next }: AvailabilityPage): string {
  if (items.length === 0 && totals.length === 0) return 'nothing is known of any station or shared vehicle there\n';
  const parts: string[] = [];
  if (items.length > 0) parts.push(itemTable(items));
  if (next !== null) parts.push(`more: --cursor ${next}`);
  if (totals.length > 0) {
    const rows = totals.map(({ city, vehicleType, atStations, freeFloating, vehicles }) => [
      city ?? '–',
      vehicleType ?? '–',
      atStations,
      freeFloating,
      vehicles,
    ]);
    parts.push(table(['city', 'type', 'at stations', 'free-floating', 'ready to rent'], rows));
  }
  return `${parts.join('\n\n')}\n`;
}

const counted = (value: number | null): Cell => value ?? '–';

function itemTable(items: AvailabilityPage['items']): string {
  const [first] = items;
  if (first !== undefined && 'vehicleId' in first) {
    const rows = items.flatMap((item) => ('vehicleId' in item ? [vehicleRow(item)] : []));
    return table(['vehicle', 'type', 'city', 'status', 'station', 'battery %', 'booking', 'as of'], rows);
  }
  const rows = items.flatMap((item) => ('vehicleId' in item ? [] : [stationRow(item)]));
  return table(['station', 'status', 'vehicles', 'by type', 'docks', 'as of'], rows);
}

type Item = AvailabilityPage['items'][number];

function vehicleRow(item: Extract<Item, { vehicleId: string }>): readonly Cell[] {
  const { vehicleId, vehicleType, city, status, stationId, batteryPercent, bookingId, updatedAt } = item;
  const battery = batteryPercent === null ? '–' : Math.round(batteryPercent);
  return [vehicleId, vehicleType ?? '–', city ?? '–', status, stationId ?? '–', battery, bookingId ?? '–', updatedAt];
}

function stationRow(item: Exclude<Item, { vehicleId: string }>): readonly Cell[] {
  const byType = Object.entries(item.vehiclesByType).map(([type, count]) => `${type} ${count}`);
  const { entityId, status, vehicles, docks, updatedAt } = item;
  return [entityId, status, counted(vehicles), byType.join(', '), counted(docks), updatedAt];
}
