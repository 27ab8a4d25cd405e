import type { AnalyticsAlert, CleanedReading } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { type DeviationMemory, deviationRules, judgeDeviation } from '../../core/wind/power-deviation.ts';
import { type GapMemory, gapRules, judgeGap } from '../../core/wind/reading-gaps.ts';
import type { TurbineMeans } from '../../core/wind/turbine-slot.ts';
import type { OutgoingEvent } from '../../kafka/publisher.ts';
import type { Item } from '../batch/processor.ts';
import type { FoldStep } from '../keyed-state.ts';

export const turbineMonitor = 'turbine-monitor';

/** What is remembered of a turbine; plain JSON. */
interface TurbineMemory {
  readonly gap: GapMemory;
  readonly deviation?: DeviationMemory;
}

const nothing: FoldStep = { events: [], skips: [], outcome: { fate: 'applied' } };

/** A reading that tells no interval stands for the time since the one before, ten minutes at most. */
const longestSeconds = 600;

/** Judges one reading of a turbine; the n-th alert of a record has the id `derivedId(source id, monitor, n)`. */
export function watchTurbine(item: Item<CleanedReading>, state: unknown): FoldStep {
  const { value, event, offset } = item;
  if (value.deviceKind !== 'TURBINE') return nothing;
  // States come back as the plain JSON that an earlier step returned; nothing else writes them.
  const memory = state as TurbineMemory | undefined;
  const newId = (rule: string) => () => derivedId(event.id, `${turbineMonitor}/${rule}`, 0);
  const gap = judgeGap(memory?.gap, value.time, newId(gapRules.id));
  if (gap === 'late') {
    const detail = 'late: no newer than what the turbine rules have judged already';
    const skip = { offset, item: -1, eventId: event.id, reason: 'filtered', detail } as const;
    return { events: [], skips: [skip], outcome: { fate: 'skipped', reason: 'filtered' } };
  }
  const alerts: Draft[] = [];
  if (gap.change !== null)
    alerts.push(gapAlert(gap.change, (gap.memory.incident ?? memory?.gap.incident)?.id, gap.gapMs));
  const means = meansOf(value);
  const seconds = value.intervalSeconds ?? Math.min(longestSeconds, gap.gapMs / 1000);
  const deviation =
    means === null
      ? { memory: memory?.deviation, change: null }
      : judgeDeviation(memory?.deviation, { ...means, seconds }, newId(deviationRules.id));
  if (deviation.change !== null) {
    const incidentId = deviation.memory?.incident ?? memory?.deviation?.incident ?? undefined;
    alerts.push(deviationAlert(deviation.change, incidentId, deviation.memory?.share ?? 0));
  }
  const kept = deviation.memory === undefined ? {} : { deviation: deviation.memory };
  return {
    ...nothing,
    state: { gap: gap.memory, ...kept } satisfies TurbineMemory,
    events: alerts.map((alert, index) => alertEvent(item, alert, index)),
  };
}

function meansOf({ measurements }: CleanedReading): TurbineMeans | null {
  const of = (metric: string) => measurements.find((one) => one.metric === metric)?.value ?? null;
  const [powerKw, windMs] = [of('activePower'), of('windSpeed')];
  return powerKw === null || windMs === null ? null : { powerKw, windMs, possibleKw: of('theoreticalPower') };
}

interface Draft extends Pick<AnalyticsAlert, 'ruleId' | 'state' | 'severity' | 'value' | 'threshold' | 'unit'> {
  readonly incidentId: string | undefined;
  readonly finding: string;
}

function gapAlert(state: 'RAISED' | 'CLEARED', incidentId: string | undefined, gapMs: number): Draft {
  const minutes = Math.round(gapMs / 60_000);
  const limit = gapRules.raiseFromMs / 60_000;
  const finding =
    state === 'RAISED' ? `sent nothing for ${minutes} minutes` : 'has sent readings for a day without a long gap';
  return {
    ruleId: gapRules.id,
    state,
    severity: 'WARNING',
    value: state === 'RAISED' ? minutes : null,
    threshold: limit,
    unit: 'min',
    incidentId,
    finding,
  };
}

function deviationAlert(state: 'RAISED' | 'CLEARED', incidentId: string | undefined, share: number): Draft {
  const percent = Math.round(share * 1000) / 10;
  const limit = state === 'RAISED' ? deviationRules.raiseBelowShare : deviationRules.clearFromShare;
  const finding =
    state === 'RAISED'
      ? `has given ${percent} % of what its wind makes possible, for a day of good wind`
      : `gives ${percent} % of what its wind makes possible again`;
  return {
    ruleId: deviationRules.id,
    state,
    severity: 'WARNING',
    value: percent,
    threshold: limit * 100,
    unit: '%',
    incidentId,
    finding,
  };
}

function alertEvent(
  { event, value }: Item<CleanedReading>,
  { finding, incidentId, ...draft }: Draft,
  index: number,
): OutgoingEvent<'AnalyticsAlert'> {
  const alertId = derivedId(event.id, turbineMonitor, index);
  return {
    topic: 'analytics.alerts',
    key: value.deviceId,
    subject: 'AnalyticsAlert',
    value: {
      ...draft,
      alertId,
      incidentId: incidentId ?? alertId,
      kind: 'maintenance_required',
      deviceId: value.deviceId,
      time: value.time,
      message: `Turbine ${value.deviceId}: ${finding}.`,
      latitude: null,
      longitude: null,
      city: null,
      sourceEventId: event.id,
    },
    event: {
      id: alertId,
      source: `/${turbineMonitor}`,
      type: draft.state === 'RAISED' ? 'alert.raised' : 'alert.cleared',
      time: new Date(value.time).toISOString(),
      subject: value.deviceId,
      traceparent: event.traceparent,
    },
  };
}
