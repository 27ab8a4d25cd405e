import type {
  Alert,
  AlertKind,
  AnalyticsAlert,
  CleanedReading,
  VehicleAlert,
  VehicleAlertKind,
  VehicleTelemetry,
} from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import {
  type AlertDraft,
  type AlertMemory,
  emptyAlertMemory,
  evaluateReading,
  evaluateVehicle,
  type NewIncidentId,
} from '../../core/alerting/evaluate.ts';
import type { OutgoingEvent } from '../../kafka/publisher.ts';
import type { Item } from '../batch/processor.ts';
import type { FoldStep } from '../keyed-state.ts';

export const evaluatorName = 'alert-evaluator';

/** Value of either cleaned topic. */
export type CleanedValue = VehicleTelemetry | CleanedReading;

/** Key of the memory: the device, apart for vehicles and other devices. */
export function memoryKeyOf({ topic, value }: Item<CleanedValue>): string {
  return `${topic}/${'vehicleId' in value ? value.vehicleId : value.deviceId}`;
}

/**
 * Judges one cleaned record. The n-th alert of a record has the id `derivedId(source id, evaluator, n)`; an incident has
 * the id derived from the record that opened it and its rule.
 */
export function evaluateRecord(item: Item<CleanedValue>, state: unknown): FoldStep {
  // States come back as the plain JSON that an earlier step returned; nothing else writes them.
  const memory = (state as AlertMemory | undefined) ?? emptyAlertMemory;
  const { value } = item;
  const newIncidentId: NewIncidentId = (ruleId) => derivedId(item.event.id, `${evaluatorName}/${ruleId}`, 0);
  const { fate, alerts, ...rest } =
    'vehicleId' in value
      ? vehicleAlerts(item, value, { memory, newIncidentId })
      : readingAlerts(item, value, { memory, newIncidentId });
  if (fate === 'judged') {
    const kept = rest.memory === memory ? {} : { state: rest.memory };
    return { ...kept, events: alerts, skips: [], outcome: { fate: 'applied' } };
  }
  const reason = fate === 'duplicate' ? 'duplicate' : 'filtered';
  const detail = fate === 'duplicate' ? null : 'late: older than what the rules have judged already';
  const skip = { offset: item.offset, item: -1, eventId: item.event.id, reason, detail } as const;
  return { events: [], skips: [skip], outcome: { fate: 'skipped', reason } };
}

interface Case {
  readonly memory: AlertMemory;
  readonly newIncidentId: NewIncidentId;
}

function vehicleAlerts(item: Item<CleanedValue>, reading: VehicleTelemetry, { memory, newIncidentId }: Case) {
  const evaluation = evaluateVehicle(memory, reading, newIncidentId);
  const place = { latitude: reading.latitude, longitude: reading.longitude, city: reading.city };
  const alerts = evaluation.alerts.map((draft, index) => {
    const base = alertOf(item, index, draft);
    const value = { ...base, ...place, deviceId: reading.vehicleId, kind: draft.kind } satisfies VehicleAlert;
    const shared = sharedAlert(value);
    return reading.fleet === 'mobility' && shared !== null
      ? outgoing(item, { topic: 'alerts', subject: 'Alert', value: shared })
      : outgoing(item, { topic: 'vehicle.alerts.v1', subject: 'VehicleAlert', value });
  });
  return { memory: evaluation.memory, fate: evaluation.fate, alerts };
}

const sharedKinds: ReadonlySet<VehicleAlertKind> = new Set([
  'low_battery_alert',
  'geofence_violation',
  'maintenance_required',
]);

/** The same alert in the shared fleet's words; null for kinds that it does not have. */
function sharedAlert(alert: VehicleAlert): Alert | null {
  return sharedKinds.has(alert.kind) ? { ...alert, kind: alert.kind as AlertKind } : null;
}

function readingAlerts(item: Item<CleanedValue>, reading: CleanedReading, { memory, newIncidentId }: Case) {
  const evaluation = evaluateReading(memory, reading, newIncidentId);
  const alerts = evaluation.alerts.map((draft, index) => {
    const base = alertOf(item, index, draft);
    const place = { latitude: null, longitude: null, city: null };
    const value = { ...base, ...place, deviceId: reading.deviceId, kind: draft.kind } satisfies AnalyticsAlert;
    return outgoing(item, { topic: 'analytics.alerts', subject: 'AnalyticsAlert', value });
  });
  return { memory: evaluation.memory, fate: evaluation.fate, alerts };
}

function alertOf(item: Item<CleanedValue>, index: number, draft: AlertDraft<string>) {
  return {
    alertId: derivedId(item.event.id, evaluatorName, index),
    incidentId: draft.incidentId,
    state: draft.state,
    severity: draft.severity,
    ruleId: draft.ruleId,
    time: draft.time,
    value: draft.value,
    threshold: draft.threshold,
    unit: draft.unit,
    message: draft.message,
    sourceEventId: item.event.id,
  };
}

type AlertEvent =
  | { readonly topic: 'alerts'; readonly subject: 'Alert'; readonly value: Alert }
  | { readonly topic: 'vehicle.alerts.v1'; readonly subject: 'VehicleAlert'; readonly value: VehicleAlert }
  | { readonly topic: 'analytics.alerts'; readonly subject: 'AnalyticsAlert'; readonly value: AnalyticsAlert };

function outgoing({ event }: Item<CleanedValue>, alert: AlertEvent): OutgoingEvent {
  const { alertId, deviceId, state, time } = alert.value;
  return {
    ...alert,
    key: deviceId,
    event: {
      id: alertId,
      source: '/alert-evaluator',
      type: state === 'RAISED' ? 'alert.raised' : 'alert.cleared',
      time: new Date(time).toISOString(),
      subject: deviceId,
      traceparent: event.traceparent,
    },
  };
}
