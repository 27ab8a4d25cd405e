import type { Consumer } from '../model.ts';
import { crashes } from './crashes.ts';

/**
 * Consumers of device readings. The cleaner and the alert rules gather batches briefly, because a reading passes both
 * before its alert is out; the writers gather longer, because a larger transaction costs less a row.
 */
export const telemetryConsumers = [
  {
    name: 'telemetry-cleaner',
    topics: ['telemetry.raw.v1', 'wind.turbine.raw', 'sensor.raw', 'veh.events.raw'],
    batchSize: 1_000,
    batchWindowMs: 25,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 8,
    sinks: ['topic:vehicle.telemetry.v1', 'topic:vehicle.state.v1', 'topic:sensor.cleaned', 'table:consumer_state'],
    memoryMb: 1_024,
    timeoutMs: 60_000,
    description: 'Validates, repairs, normalises and enriches raw readings and says what it did to each.',
  },
  {
    name: 'alert-evaluator',
    topics: ['vehicle.telemetry.v1', 'sensor.cleaned'],
    batchSize: 2_000,
    batchWindowMs: 25,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 8,
    sinks: ['topic:alerts', 'topic:vehicle.alerts.v1', 'topic:analytics.alerts', 'table:consumer_state'],
    memoryMb: 1_024,
    timeoutMs: 60_000,
    description: 'Applies the alert rules to cleaned readings; raises each incident once and clears it once.',
  },
  {
    name: 'timeseries-writer',
    topics: ['vehicle.telemetry.v1', 'sensor.cleaned'],
    batchSize: 2_000,
    batchWindowMs: 500,
    ...crashes,
    deadLetter: true,
    ordering: 'none',
    concurrency: 4,
    sinks: ['table:device', 'table:vehicle_reading', 'table:measurement'],
    memoryMb: 1_024,
    timeoutMs: 60_000,
    description: 'Writes every cleaned measurement to the time series in PostgreSQL.',
  },
  {
    name: 'window-aggregator',
    topics: ['vehicle.telemetry.v1', 'sensor.cleaned'],
    batchSize: 2_000,
    batchWindowMs: 500,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 4,
    sinks: ['table:reading_window', 'table:window_applied'],
    memoryMb: 1_024,
    timeoutMs: 60_000,
    description: 'Keeps 10-minute, hourly and daily windows per device, by event time, corrected by late data.',
  },
] as const satisfies readonly Consumer[];
