import { eventSources } from '../../catalogue/event-routing.ts';
import type { AuditOutcome, EmergencyEvent, FallbackEvent } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import type { EventRouter, RoutedEvent } from '../../ports/event-router/event-router.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';
import type { BatchProcessor, Item } from '../batch/processor.ts';
import { type EffectDependencies, makeEffectProcessor } from '../effects/effect-processor.ts';
import type { Effects } from '../effects/effects.ts';

export const safetyDesk = 'safety-desk';

/** Value of either topic. */
export type SafetyValue = EmergencyEvent | FallbackEvent;

export interface DeskDependencies extends EffectDependencies<SafetyValue> {
  readonly router: EventRouter;
}

/**
 * Keeps emergencies with the step they have reached, writes every step down in the audit chain, and tells whoever has
 * a rule for it. People are told at least once: the notice goes out after the rows are kept.
 */
export function makeDeskProcessor(dependencies: DeskDependencies): BatchProcessor<SafetyValue> {
  return makeEffectProcessor<SafetyValue>({
    ...dependencies,
    consumer: safetyDesk,
    work: async (items, { client, effects }) => {
      for (const item of items) {
        if (isEmergency(item)) await keep(client, item.value);
        writeDown(effects, item);
      }
      return items.map(() => 'applied');
    },
    after: (items) => dependencies.router.publish(items.map(noticeOf)),
  });
}

function isEmergency(item: Item<SafetyValue>): item is Item<EmergencyEvent> {
  return 'severity' in item.value;
}

/** A later step replaces an earlier one, whatever order their records are handled in. */
const keepSql = `
  insert into fleet_emergency as e (emergency_id, vehicle_id, kind, state, severity, occurred_at, state_at, latitude,
    longitude, city, trip_id, responder_id, content)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  on conflict (emergency_id) do update set state = excluded.state, severity = excluded.severity,
    state_at = excluded.state_at, responder_id = excluded.responder_id, content = excluded.content
  where e.state_at <= excluded.state_at`;

const text = (some: string | null): string | null => (some === null ? null : storableText(some));

async function keep(client: PoolClient, value: EmergencyEvent): Promise<void> {
  await client.query(keepSql, [
    value.emergencyId,
    storableText(value.vehicleId),
    value.kind,
    value.state,
    value.severity,
    new Date(value.occurredAt),
    new Date(value.stateAt),
    value.latitude,
    value.longitude,
    text(value.city),
    text(value.tripId),
    text(value.responderId),
    storableJson(value),
  ]);
}

function writeDown(effects: Effects, item: Item<SafetyValue>): void {
  const { event, value, timestampMs } = item;
  const emergency = isEmergency(item) ? item.value : null;
  const actorId = emergency?.responderId ?? event.source;
  const kind = emergency === null ? 'fallback' : 'emergency';
  const outcome: AuditOutcome = 'SUCCEEDED';
  effects.audit({
    auditId: derivedId(event.id, safetyDesk, 0),
    chainId: safetyDesk,
    occurredAt: timestampMs * 1000,
    actorId,
    actorKind: emergency?.responderId === null || emergency === null ? 'SERVICE' : 'PERSON',
    action: `${kind}.${value.state.toLowerCase()}`,
    resourceKind: 'vehicle',
    resourceId: value.vehicleId,
    outcome,
    reason: null,
    sourceAddress: null,
    requestId: null,
    traceparent: event.traceparent ?? null,
    beforeSha256: null,
    afterSha256: null,
    details: { id: 'severity' in value ? value.emergencyId : value.fallbackId, state: value.state },
  });
}

/** The event as rules match it: what happened as detail type, the value as detail. */
function noticeOf({ event, value, timestampMs }: Item<SafetyValue>): RoutedEvent {
  return {
    source: eventSources.of('fleet'),
    detailType: event.type,
    detail: { eventId: event.id, ...value },
    timeMs: timestampMs,
    resources: [`vehicle/${value.vehicleId}`],
  };
}
