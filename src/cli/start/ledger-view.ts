import type { LedgerEntry } from '../../local/platform/ledger.ts';
import { table } from '../terminal/table.ts';

/** The table that `event-bus start` prints at its end: per consumer and topic, what became of the records. */
export function ledgerView(entries: readonly LedgerEntry[]): string {
  if (entries.length === 0) return 'no record was processed';
  const rows = entries.map((entry) => [
    entry.consumer,
    entry.topic,
    entry.in,
    entry.applied,
    reasons(entry.skipped),
    entry.deadLettered,
  ]);
  return table(['consumer', 'topic', 'in', 'applied', 'skipped', 'dead letters'], rows);
}

function reasons(skipped: Readonly<Record<string, number>>): string {
  const parts = Object.entries(skipped).map(([reason, count]) => `${reason} ${count.toLocaleString('en-US')}`);
  return parts.join(', ') || '0';
}
