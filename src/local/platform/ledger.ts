import type { Counts } from '../../core/embedded-metrics.ts';

/** What became of the records of one topic at one consumer since the start of this process. */
export interface LedgerEntry {
  readonly consumer: string;
  readonly topic: string;
  readonly in: number;
  readonly applied: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly deadLettered: number;
}

export interface Ledger {
  add(counts: Counts): void;
  /** Entries by consumer and topic, in alphabetical order. */
  entries(): readonly LedgerEntry[];
}

/**
 * Sums the functions' metrics of this run. Records that an invocation handed back count when a later one settles them.
 */
export function makeLedger(): Ledger {
  const sums = new Map<string, { applied: number; deadLettered: number; skipped: Record<string, number> }>();
  return {
    add({ consumer, topic, applied, skipped, deadLettered }) {
      const name = `${consumer} ${topic}`;
      const sum = sums.get(name) ?? { applied: 0, deadLettered: 0, skipped: {} };
      sum.applied += applied;
      sum.deadLettered += deadLettered;
      for (const [reason, count] of Object.entries(skipped)) sum.skipped[reason] = (sum.skipped[reason] ?? 0) + count;
      sums.set(name, sum);
    },
    entries: () => [...sums].sort(([left], [right]) => (left < right ? -1 : 1)).map(toEntry),
  };
}

function toEntry([name, sum]: [string, Omit<LedgerEntry, 'consumer' | 'topic' | 'in'>]): LedgerEntry {
  const [consumer = '', topic = ''] = name.split(' ');
  const skipped = Object.values(sum.skipped).reduce((total, count) => total + count, 0);
  return { consumer, topic, in: sum.applied + skipped + sum.deadLettered, ...sum };
}
