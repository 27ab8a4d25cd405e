import type { ReplaySummary } from './replay-file.ts';

/** The summary for people: what was read, sent and taken, then what was not. */
export function summaryText(summary: ReplaySummary): string {
  const seconds = summary.elapsedMs / 1000;
  const rate = seconds > 0 ? Math.round(summary.acknowledged / seconds) : 0;
  const lines = [
    `${summary.file} as ${summary.profile} over ${summary.via}${summary.interrupted ? ', interrupted' : ''}`,
    `  rows read       ${number(summary.rows)}`,
    `  readings sent   ${number(summary.readings)} in ${number(summary.messages)} messages`,
    `  acknowledged    ${number(summary.acknowledged)} in ${seconds.toFixed(1)} s (${number(rate)}/s)`,
  ];
  if (summary.resent > 0) {
    lines.push(`  sent again      ${number(summary.resent)} messages after ${number(summary.reconnects)} reconnects`);
  }
  if (summary.open > 0) lines.push(`  unanswered      ${number(summary.open)} readings`);
  if (summary.badCells > 0) lines.push(`  cells that hold no number, sent as absent: ${number(summary.badCells)}`);
  lines.push(...listed('rows that could not be read', summary.badRows, badRowLines(summary)));
  lines.push(...listed('readings refused', summary.refused, summary.refusals));
  return `${lines.join('\n')}\n`;
}

function badRowLines({ firstBadRows }: ReplaySummary): readonly string[] {
  return firstBadRows.map(({ line, reason }) => `line ${line}: ${reason}`);
}

function listed(title: string, count: number, examples: readonly string[]): readonly string[] {
  if (count === 0) return [];
  const shown = examples.slice(0, 5);
  const more = count > shown.length ? ['    …'] : [];
  return [`  ${title}: ${number(count)}`, ...shown.map((example) => `    ${example}`), ...more];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
