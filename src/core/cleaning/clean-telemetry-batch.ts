import type { TelemetryBatch, VehicleState, VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { cleanVehicleReading, type VehicleMemory } from './clean-vehicle.ts';
import type { CleaningContext } from './device.ts';
import { readReportedTime } from './reported-time.ts';
import { plausibleMs } from './timeline.ts';
import type { Verdict } from './verdict.ts';

export interface CleanedBatch {
  readonly memory: VehicleMemory;
  /** One a reading, in the order of the batch. */
  readonly verdicts: readonly Verdict<VehicleTelemetry>[];
  /** The newest state after the batch; null when no reading was taken. */
  readonly state: VehicleState | null;
}

/** Cleans the readings of one record of `telemetry.raw.v1`. */
export function cleanTelemetryBatch(
  before: VehicleMemory,
  batch: TelemetryBatch,
  { device, receivedAt }: CleaningContext,
): CleanedBatch {
  const base = {
    vehicleId: batch.deviceId,
    vehicleType: batch.vehicleType ?? device.type ?? 'unknown',
    fleet: device.fleet ?? 'fleet',
    city: device.city,
    timeZone: device.timeZone,
    receivedAt,
  };
  let memory = before;
  let taken = false;
  const verdicts = batch.readings.map((reading, index) => {
    const first = memory.timeline.lastMs === null;
    const nextMs = first ? nextReadableMs(batch, index, base) : null;
    const step = cleanVehicleReading(memory, reading, { ...base, nextMs });
    memory = step.memory;
    taken ||= step.verdict.fate === 'cleaned';
    return step.verdict;
  });
  return { memory, verdicts, state: taken ? (memory.newest?.state ?? null) : null };
}

function nextReadableMs(
  { readings }: TelemetryBatch,
  index: number,
  { timeZone, receivedAt }: { readonly timeZone: string | null; readonly receivedAt: number },
): number | null {
  for (let next = index + 1; next < readings.length; next += 1) {
    const ms = plausibleMs(readReportedTime(readings[next]?.time ?? '', timeZone), receivedAt);
    if (ms !== null) return ms;
  }
  return null;
}
