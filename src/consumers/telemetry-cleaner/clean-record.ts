import type {
  SensorReading,
  TelemetryBatch,
  TurbineReading,
  VehicleBayEvent,
  VehicleState,
  VehicleTelemetry,
} from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { cleanSharedVehicle, cleanStationEvent } from '../../core/cleaning/clean-bay-event.ts';
import {
  cleanSensorReading,
  cleanTurbineReading,
  emptyReadingMemory,
  type ReadingMemory,
  type ReadingStep,
} from '../../core/cleaning/clean-reading.ts';
import { cleanTelemetryBatch } from '../../core/cleaning/clean-telemetry-batch.ts';
import { emptyVehicleMemory, type VehicleMemory } from '../../core/cleaning/clean-vehicle.ts';
import type { CleaningContext } from '../../core/cleaning/device.ts';
import type { Verdict } from '../../core/cleaning/verdict.ts';
import type { OutgoingEvent } from '../../kafka/publisher.ts';
import type { Item, Outcome } from '../batch/processor.ts';
import type { FoldStep } from '../keyed-state.ts';
import type { Skip } from '../keyed-state-store.ts';

export const cleanerName = 'telemetry-cleaner';

/** Value of any raw topic. */
export type RawValue = TelemetryBatch | TurbineReading | SensorReading | VehicleBayEvent;

/** Device that the value says it is of; must be the record's key. */
export function deviceIdOf(value: RawValue): string {
  if ('deviceId' in value) return value.deviceId;
  if ('turbineId' in value) return value.turbineId;
  return 'sensorId' in value ? value.sensorId : value.sourceId;
}

/** Key of the memory: a sensor has one a metric, a gateway one a vehicle, because each has a timeline of its own. */
export function memoryKeyOf({ topic, value }: Item<RawValue>): string {
  const device = `${topic}/${deviceIdOf(value)}`;
  if ('sensorId' in value) return `${device}/${value.metric.slice(0, 100)}`;
  return 'sourceId' in value && value.kind === 'TELEMETRY' ? `${device}/${value.vehicleId ?? ''}` : device;
}

/**
 * Cleans one raw record. The event of the reading at index i has the id `derivedId(source id, cleaner, i)`, the
 * vehicle state after the record that of the index behind the last reading.
 */
export function cleanRecord(item: Item<RawValue>, state: unknown, context: CleaningContext): FoldStep {
  const { value } = item;
  if (item.key !== deviceIdOf(value)) return rejectedRecord(item);
  if ('deviceId' in value) return cleanBatch(item, value, { memory: vehicleMemory(state), context });
  if ('turbineId' in value) return readingStep(item, cleanTurbineReading(readingMemory(state), value, context));
  if ('sensorId' in value) return readingStep(item, cleanSensorReading(readingMemory(state), value, context));
  if (value.kind === 'TELEMETRY') return sharedVehicle(item, value, { memory: vehicleMemory(state), context });
  return readingStep(item, cleanStationEvent(readingMemory(state), value, context));
}

/** States come back as the plain JSON that an earlier step returned; nothing else writes them. */
const vehicleMemory = (state: unknown) => (state as VehicleMemory | undefined) ?? emptyVehicleMemory;
const readingMemory = (state: unknown) => (state as ReadingMemory | undefined) ?? emptyReadingMemory;

interface VehicleCase {
  readonly memory: VehicleMemory;
  readonly context: CleaningContext;
}

function cleanBatch(item: Item<RawValue>, batch: TelemetryBatch, { memory, context }: VehicleCase): FoldStep {
  const result = cleanTelemetryBatch(memory, batch, context);
  const events: OutgoingEvent[] = [];
  const skips: Skip[] = [];
  for (const [index, verdict] of result.verdicts.entries()) {
    if (verdict.fate === 'cleaned') events.push(outgoing(item, index, telemetry(verdict.cleaned)));
    else skips.push(skipOf(item, index, verdict));
  }
  if (result.verdicts.length === 0) {
    skips.push(skipOf(item, -1, { fate: 'rejected', reason: 'no-usable-value', detail: 'readings is empty' }));
  }
  if (result.state !== null) events.push(outgoing(item, result.verdicts.length, vehicleState(result.state)));
  return { state: result.memory, events, skips, outcome: outcomeOf(events, skips) };
}

function sharedVehicle(item: Item<RawValue>, event: VehicleBayEvent, { memory, context }: VehicleCase): FoldStep {
  const step = cleanSharedVehicle(memory, event, context);
  if (step.verdict.fate !== 'cleaned') return skippedStep(item, step.verdict);
  const events = [outgoing(item, 0, telemetry(step.verdict.cleaned))];
  const newest = step.memory.newest?.state;
  if (newest !== undefined) events.push(outgoing(item, 1, vehicleState(newest)));
  return { state: step.memory, events, skips: [], outcome: applied };
}

function readingStep(item: Item<RawValue>, { memory, verdict }: ReadingStep): FoldStep {
  if (verdict.fate !== 'cleaned') return skippedStep(item, verdict);
  const { cleaned: value } = verdict;
  const draft = { topic: 'sensor.cleaned', key: value.deviceId, subject: 'CleanedReading', value } as const;
  return {
    state: memory,
    events: [outgoing(item, 0, { ...draft, type: 'reading.cleaned' })],
    skips: [],
    outcome: applied,
  };
}

const applied: Outcome = { fate: 'applied' };

type Skipped = Exclude<Verdict<unknown>, { fate: 'cleaned' }>;

function skippedStep(item: Item<RawValue>, verdict: Skipped): FoldStep {
  const skips = [skipOf(item, -1, verdict)];
  return { events: [], skips, outcome: outcomeOf([], skips) };
}

function rejectedRecord(item: Item<RawValue>): FoldStep {
  const claimed = deviceIdOf(item.value).slice(0, 100);
  const detail = `the value is of device "${claimed}", the record's key is ${JSON.stringify(item.key?.slice(0, 100) ?? null)}`;
  return skippedStep(item, { fate: 'rejected', reason: 'device-id-mismatch', detail });
}

function skipOf({ offset, event }: Item<RawValue>, index: number, verdict: Skipped): Skip {
  const at = { offset, item: index, eventId: event.id };
  if (verdict.fate === 'duplicate') return { ...at, reason: 'duplicate', detail: null };
  return { ...at, reason: 'rejected', detail: `${verdict.reason}: ${verdict.detail}` };
}

function outcomeOf(events: readonly OutgoingEvent[], skips: readonly Skip[]): Outcome {
  if (events.length > 0) return applied;
  return { fate: 'skipped', reason: skips.every(({ reason }) => reason === 'duplicate') ? 'duplicate' : 'rejected' };
}

type Draft = Omit<OutgoingEvent, 'event'> & { readonly type: string };

const telemetry = (value: VehicleTelemetry): Draft => ({
  topic: 'vehicle.telemetry.v1',
  key: value.vehicleId,
  subject: 'VehicleTelemetry',
  value,
  type: 'vehicle.telemetry.cleaned',
});

const vehicleState = (value: VehicleState): Draft => ({
  topic: 'vehicle.state.v1',
  key: value.vehicleId,
  subject: 'VehicleState',
  value,
  type: 'vehicle.state.changed',
});

/** As few attributes as CloudEvents requires: at telemetry's rate each costs more than it tells. */
function outgoing(item: Item<RawValue>, index: number, { type, ...draft }: Draft): OutgoingEvent {
  return { ...draft, event: { id: derivedId(item.event.id, cleanerName, index), source: '/telemetry-cleaner', type } };
}
