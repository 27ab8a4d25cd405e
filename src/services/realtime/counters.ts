/** What a gateway has counted since its start, and what is at the moment. */
export interface RealtimeCounters {
  readonly connections: number;
  readonly users: number;
  readonly rooms: number;
  /** Events read that reach some room. */
  readonly eventsIn: number;
  /** Events sent, one a connection. */
  readonly eventsOut: number;
  readonly unreadable: number;
  readonly resumedFromMemory: number;
  readonly readFromLog: number;
  /** Connections ended by the gateway, by error code. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Connections and requests refused, by error code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Topics that cannot be read at the moment. */
  readonly interruptedTopics: number;
}

export class Tally {
  readonly #counts = new Map<string, number>();

  add(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

type Plain = Exclude<keyof RealtimeCounters, 'dropped' | 'refused'>;

const plain: readonly (readonly [Plain, name: string, kind: 'gauge' | 'counter', help: string])[] = [
  ['connections', 'connections', 'gauge', 'Open connections.'],
  ['users', 'users', 'gauge', 'Users with at least one connection.'],
  ['rooms', 'rooms', 'gauge', 'Rooms with at least one connection.'],
  ['eventsIn', 'events_in_total', 'counter', 'Events read from the log that reach some room.'],
  ['eventsOut', 'events_out_total', 'counter', 'Events sent, one a connection.'],
  ['unreadable', 'unreadable_records_total', 'counter', 'Records that could not be read.'],
  ['resumedFromMemory', 'resumed_rooms_total', 'counter', 'Rooms brought up to date.'],
  ['readFromLog', 'log_reads_total', 'counter', 'Times that missed events were read from the log.'],
  ['interruptedTopics', 'interrupted_topics', 'gauge', 'Topics that cannot be read at the moment.'],
];

/** The counters in the text form of Prometheus. */
export function prometheusText(counters: RealtimeCounters): string {
  const lines = plain.flatMap(([key, name, kind, help]) => [
    ...head(name, kind, help),
    `${full(name)} ${counters[key]}`,
  ]);
  lines.push(...byCode('dropped_total', 'Connections ended by the gateway.', counters.dropped));
  lines.push(...byCode('refused_total', 'Connections and requests refused.', counters.refused));
  return `${lines.join('\n')}\n`;
}

const full = (name: string) => `event_bus_realtime_${name}`;

function head(name: string, kind: string, help: string): readonly string[] {
  return [`# HELP ${full(name)} ${help}`, `# TYPE ${full(name)} ${kind}`];
}

function byCode(name: string, help: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const lines = Object.entries(counts).map(([code, count]) => `${full(name)}{code="${code}"} ${count}`);
  return [...head(name, 'counter', help), ...lines];
}
