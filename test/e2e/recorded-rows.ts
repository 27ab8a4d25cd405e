import { readFileSync } from 'node:fs';

/** What the recorded files say by themselves, read without any code of the bus, to compare its results with. */

type Row = Readonly<Record<string, string>>;

/** Rows of a recorded file; none of them has quotes or commas inside its cells. */
function rowsOf(file: string): readonly Row[] {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    if (cells.length !== names.length) throw new Error(`${cells.length} cells instead of ${names.length}: ${line}`);
    return Object.fromEntries(cells.map((cell, index) => [names[index] ?? '', cell]));
  });
}

/** Numbers of rows (the first is 1) by the flag that they deserve. */
export interface VehicleRows {
  readonly count: number;
  readonly impossibleDate: readonly number[];
  readonly atLatitudeZero: readonly number[];
  readonly belowGround: readonly number[];
  /** The position of the row before, while the car drives. */
  readonly stuck: readonly number[];
  /** More than ten minutes older than a row before it. */
  readonly late: readonly number[];
  readonly fastestKmh: number;
}

/** The electric car's file. Both recorders are devices of their own, named by the first part of the trip's id. */
export function vehicleRows(file: string): VehicleRows {
  const rows = rowsOf(file);
  const numbers = (wanted: (row: Row) => boolean) => rows.flatMap((row, index) => (wanted(row) ? [index + 1] : []));
  const fix = new Map<string, string>();
  const newest = new Map<string, number>();
  return {
    count: rows.length,
    impossibleDate: numbers((row) => dateOf(row) === undefined),
    atLatitudeZero: numbers((row) => cell(row, 'LAT') === 0),
    belowGround: numbers((row) => cell(row, 'ALT') < -50),
    stuck: numbers((row) => {
      if (cell(row, 'LAT') === 0) return false;
      const place = `${cell(row, 'LAT')} ${cell(row, 'LON')}`;
      const same = fix.get(deviceOf(row)) === place;
      fix.set(deviceOf(row), place);
      return same && cell(row, 'Speed') > 0;
    }),
    late: numbers((row) => {
      const time = dateOf(row);
      if (time === undefined) return false;
      const before = newest.get(deviceOf(row)) ?? time;
      newest.set(deviceOf(row), Math.max(before, time));
      return before - time > 600_000;
    }),
    fastestKmh: Math.max(...rows.map((row) => cell(row, 'Speed'))),
  };
}

const deviceOf = (row: Row) => row['trip_id']?.split('_')[0] ?? '';
const cell = (row: Row, name: string) => Number(row[name]);

/** Ms of the row's local time as if it were UTC; undefined when no calendar has its date. */
function dateOf(row: Row): number | undefined {
  // Some trips have 07/01/2021, others 7/1/2021.
  const [month = '', day = '', year = ''] = (row['Date'] ?? '').split('/').map((part) => part.padStart(2, '0'));
  const time = Date.parse(`${year}-${month}-${day}T${row['Time']}Z`);
  return Number.isNaN(time) || new Date(time).getUTCDate() !== Number(day) ? undefined : time;
}

export interface TurbineRows {
  readonly count: number;
  /** Rows that come more than ten minutes after the one before. */
  readonly afterGap: readonly number[];
  readonly negativePower: number;
  /** kWh, summed over ten-minute means. */
  readonly energyKwh: number;
}

/** The wind turbine's file. */
export function turbineRows(file: string): TurbineRows {
  const rows = rowsOf(file);
  const times = rows.map((row) => {
    const [day, month, year, time] = (row['Date/Time'] ?? '').split(' ');
    return Date.parse(`${year}-${month}-${day}T${time}Z`);
  });
  const powers = rows.map((row) => Number(row['LV ActivePower (kW)']));
  return {
    count: rows.length,
    afterGap: times.flatMap((time, index) => (time - (times[index - 1] ?? time) > 600_000 ? [index + 1] : [])),
    negativePower: powers.filter((power) => power < 0).length,
    energyKwh: powers.reduce((sum, power) => sum + power / 6, 0),
  };
}
