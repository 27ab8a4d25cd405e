import type { LetterStatistics } from '../../services/dead-letters/letter-statistics.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../terminal/table.ts';
import type { StatsFlags } from './command.ts';
import { count, shownTime } from './letter-text.ts';
import { withDesk } from './open-desk.ts';
import { redriveLine } from './redrive-text.ts';
import { queryOf } from './selection.ts';

/** Prints counts; returns the exit code. */
export async function runStats(flags: StatsFlags): Promise<number> {
  const query = queryOf(flags);
  const { stdout } = process;
  await withDesk(flags, async (desk) => {
    const statistics = await desk.statistics(query);
    const { items: unfinished } = await desk.redrives({ limit: 20, unfinished: true });
    if (flags.json) stdout.write(`${JSON.stringify({ ...statistics, unfinishedRedrives: unfinished })}\n`);
    else stdout.write(`${[statisticsText(statistics), ...unfinished.map(redriveLine)].join('\n\n')}\n`);
  });
  return exitCodes.ok;
}

const barWidth = 40;

export function statisticsText({ letters, groups, oldestOpen, failedAgain, reasons, hours }: LetterStatistics): string {
  const { open, redriving, redriven, discarded } = letters;
  const states = `${count(open)} open · ${count(redriving)} being redriven · ${count(redriven)} redriven · ${count(discarded)} discarded`;
  const lines = [`${states}   in ${count(groups)} groups`];
  if (oldestOpen !== null) lines.push(`oldest open letter failed ${shownTime(oldestOpen)}`);
  if (failedAgain > 0) lines.push(`${count(failedAgain)} open letters had been redriven before`);
  if (reasons.length > 0) lines.push('', reasonTable(reasons));
  const most = Math.max(0, ...hours.map(({ letters: failed }) => failed));
  const bars = hours.map(({ hour, letters: failed }) => {
    return `${shownTime(hour).slice(0, 13)}h  ${'█'.repeat(Math.max(1, Math.round((failed / most) * barWidth)))} ${count(failed)}`;
  });
  return [...lines, ...(bars.length === 0 ? [] : ['', 'failures by hour, UTC', ...bars])].join('\n');
}

function reasonTable(reasons: LetterStatistics['reasons']): string {
  const rows = reasons.map(({ consumer, code, open, letters, firstSeen, lastSeen }) => {
    return [consumer, code, open, letters, shownTime(firstSeen), shownTime(lastSeen)];
  });
  return table(['consumer', 'reason', 'open', 'all', 'first seen', 'last seen'], rows);
}
