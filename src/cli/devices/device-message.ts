import type { TelemetryBatch, TurbineReading, VehicleBayEvent } from '../../catalogue/events.generated.ts';

/** One message as a device would send it. */
export type DeviceMessage = {
  readonly deviceId: string;
  /** Readings in the message. */
  readonly readings: number;
  /** When the device sends it: the time of the last reading, ms; null when no date in it exists. */
  readonly atMs: number | null;
} & (
  | { readonly subject: 'TelemetryBatch'; readonly value: TelemetryBatch }
  | { readonly subject: 'TurbineReading'; readonly value: TurbineReading }
  | { readonly subject: 'VehicleBayEvent'; readonly value: VehicleBayEvent }
);
