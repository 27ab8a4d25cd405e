import type { PlatformStatus } from '../../local/platform/status.ts';
import { table } from '../terminal/table.ts';

const alertTopics = ['alerts', 'vehicle.alerts.v1', 'analytics.alerts'];

/** What the live view shows, computed from two moments. */
export interface Summary {
  /** Records a second that came into each topic, busiest first; quiet topics are left out. */
  readonly topics: readonly { readonly name: string; readonly records: number; readonly perSecond: number }[];
  readonly consumers: readonly {
    readonly name: string;
    readonly lag: number;
    readonly applied: number;
    readonly skipped: number;
  }[];
  readonly devices: number;
  readonly accepted: number;
  readonly refused: number;
  readonly alerts: number;
  readonly deadLetters: number;
  readonly lakeFiles: number;
  /** What a part last complained about. */
  readonly troubles: readonly string[];
}

export function summarise(before: PlatformStatus, after: PlatformStatus): Summary {
  const seconds = Math.max((after.atMs - before.atMs) / 1000, 0.001);
  const topics = [...after.topics]
    .map(([name, records]) => ({ name, records, perSecond: (records - (before.topics.get(name) ?? 0)) / seconds }))
    .filter(({ records }) => records > 0)
    .sort((left, right) => right.perSecond - left.perSecond || right.records - left.records);
  const { mqtt, grpc } = after.ingest;
  return {
    topics,
    consumers: consumersOf(after),
    devices: mqtt.connections,
    accepted: mqtt.accepted + grpc.accepted,
    refused: sum([...Object.values(mqtt.refused), ...Object.values(grpc.refused)]),
    alerts: sum(alertTopics.map((name) => after.topics.get(name) ?? 0)),
    deadLetters: sum(after.ledger.map(({ deadLettered }) => deadLettered)),
    lakeFiles: after.delivery.files,
    troubles: troublesOf(after),
  };
}

function consumersOf({ mappings, ledger }: PlatformStatus): Summary['consumers'] {
  const names = [...new Set(mappings.map(({ consumer }) => consumer))];
  return names.map((name) => {
    const entries = ledger.filter(({ consumer }) => consumer === name);
    return {
      name,
      lag: sum(mappings.filter(({ consumer }) => consumer === name).map(({ lagRecords }) => lagRecords)),
      applied: sum(entries.map(({ applied }) => applied)),
      skipped: sum(entries.flatMap(({ skipped }) => Object.values(skipped))),
    };
  });
}

function troublesOf({ mappings, delivery }: PlatformStatus): string[] {
  const troubles = mappings
    .filter(({ lastError }) => lastError !== null)
    .map(({ consumer, topic, lastError }) => `${consumer} on ${topic}: ${lastError}`);
  return delivery.lastError === undefined ? troubles : [...troubles, `lake: ${delivery.lastError}`];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const count = (value: number) => value.toLocaleString('en-US');

/** The live view of a terminal. */
export function statusView(summary: Summary): string {
  const topics = summary.topics
    .slice(0, 10)
    .map(({ name, records, perSecond }) => [name, Math.round(perSecond), records]);
  const consumers = summary.consumers.map(({ name, lag, applied, skipped }) => [name, lag, applied, skipped]);
  const facts = [
    `${count(summary.devices)} devices connected`,
    `${count(summary.accepted)} messages accepted, ${count(summary.refused)} refused`,
    `${count(summary.alerts)} alerts`,
    `${count(summary.deadLetters)} dead letters`,
    `${count(summary.lakeFiles)} lake files`,
  ];
  return [
    table(['topic', 'records/s', 'records'], topics),
    '',
    table(['consumer', 'lag', 'applied', 'skipped'], consumers),
    '',
    facts.join(' · '),
    ...summary.troubles.map((trouble) => `! ${trouble}`),
  ].join('\n');
}

/** The same in one line, for pipes and log files. */
export function statusLine(summary: Summary): string {
  const rate = Math.round(sum(summary.topics.map(({ perSecond }) => perSecond)));
  const lag = sum(summary.consumers.map(({ lag }) => lag));
  const parts = [
    `${count(rate)} records/s`,
    `lag ${count(lag)}`,
    `accepted ${count(summary.accepted)}`,
    `refused ${count(summary.refused)}`,
    `alerts ${count(summary.alerts)}`,
    `dead letters ${count(summary.deadLetters)}`,
    ...summary.troubles,
  ];
  return parts.join(' · ');
}
