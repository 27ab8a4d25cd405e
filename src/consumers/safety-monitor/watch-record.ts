import type { EmergencyEvent, VehicleCommand, VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { actorText } from '../../core/fleet/actor.ts';
import { type EmergencyMemory, judgeEmergency } from '../../core/fleet/emergency.ts';
import type { OutgoingEvent } from '../../kafka/publisher.ts';
import type { Item } from '../batch/processor.ts';
import { emergencyCorrelation } from '../command-dispatcher/command-checks.ts';
import type { FoldStep } from '../keyed-state.ts';

export const safetyMonitor = 'safety-monitor';

const ownFleet = 'fleet';
/** How long the vehicle has to take the stop command. */
const stopValidityMs = 60_000;

const nothing: FoldStep = { events: [], skips: [], outcome: { fate: 'applied' } };

/**
 * Judges one reading. An emergency and the command that answers it have ids computed from the reading, and times from
 * when the log took it, so that the same reading makes the same of both.
 */
export function watchRecord(item: Item<VehicleTelemetry>, state: unknown): FoldStep {
  const { value, event, offset } = item;
  if (value.fleet !== ownFleet) return nothing;
  // States come back as the plain JSON that an earlier step returned; nothing else writes them.
  const memory = state as EmergencyMemory | undefined;
  const judged = judgeEmergency(memory, value);
  if (judged === 'late') {
    const detail = 'late: older than what the emergency rules have judged already';
    const skip = { offset, item: -1, eventId: event.id, reason: 'filtered', detail } as const;
    return { events: [], skips: [skip], outcome: { fate: 'skipped', reason: 'filtered' } };
  }
  // Most readings of most vehicles change nothing, and what does not change is not stored.
  if (judged.memory === memory) return nothing;
  if (judged.raised === null) return { ...nothing, state: judged.memory };
  const emergencyId = derivedId(event.id, safetyMonitor, 0);
  const events = [raised(item, emergencyId, judged.raised), stop(item, emergencyId)];
  return { ...nothing, state: judged.memory, events };
}

function raised(
  { value, event, timestampMs }: Item<VehicleTelemetry>,
  emergencyId: string,
  { kind, severity }: Pick<EmergencyEvent, 'kind' | 'severity'>,
): OutgoingEvent<'EmergencyEvent'> {
  return {
    topic: 'safety.emergency.v1',
    key: value.vehicleId,
    subject: 'EmergencyEvent',
    value: {
      emergencyId,
      vehicleId: value.vehicleId,
      kind,
      state: 'RAISED',
      severity,
      occurredAt: value.time,
      stateAt: timestampMs,
      detectedBy: 'VEHICLE',
      latitude: value.latitude,
      longitude: value.longitude,
      speedKmh: value.speedKmh,
      tripId: value.tripId,
      city: value.city,
      peopleInvolved: null,
      responderId: null,
      description: `The vehicle signals ${String(value.emergency).slice(0, 40)}.`,
      evidenceUris: [],
      sourceEventId: event.id,
    },
    event: {
      id: derivedId(event.id, safetyMonitor, 1),
      source: `/${safetyMonitor}`,
      type: 'emergency.raised',
      time: new Date(timestampMs).toISOString(),
      subject: value.vehicleId,
      traceparent: event.traceparent,
    },
  };
}

function stop(
  { value, event, timestampMs }: Item<VehicleTelemetry>,
  emergencyId: string,
): OutgoingEvent<'VehicleCommand'> {
  const command: VehicleCommand = {
    commandId: derivedId(event.id, safetyMonitor, 2),
    vehicleId: value.vehicleId,
    command: 'STOP',
    state: 'ISSUED',
    priority: 'SAFETY',
    issuedAt: timestampMs,
    expiresAt: timestampMs + stopValidityMs,
    issuedBy: actorText({ role: 'policy', name: 'emergency-stop' }),
    requiresAck: true,
    stateAt: null,
    resultCode: null,
    resultDetail: null,
    destinationLatitude: null,
    destinationLongitude: null,
    speedLimitKmh: null,
    softwareVersion: null,
    parameters: {},
    tripId: value.tripId,
    operationId: null,
    correlationId: `${emergencyCorrelation}${emergencyId}`,
  };
  return {
    topic: 'vehicle.commands.v1',
    key: value.vehicleId,
    subject: 'VehicleCommand',
    value: command,
    event: {
      id: derivedId(event.id, safetyMonitor, 3),
      source: `/${safetyMonitor}`,
      type: 'vehicle.command.issued',
      time: new Date(timestampMs).toISOString(),
      subject: value.vehicleId,
      traceparent: event.traceparent,
    },
  };
}
