import type { GroupSummary, LetterSummary, Page } from '../../services/dead-letters/letter-views.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../terminal/table.ts';
import type { ListFlags } from './command.ts';
import { letters, shortened, shownTime } from './letter-text.ts';
import { withDesk } from './open-desk.ts';
import { queryOf } from './selection.ts';

/** Prints groups, or letters; returns the exit code. */
export async function runList(flags: ListFlags): Promise<number> {
  const query = queryOf(flags);
  const page = { limit: flags.limit, after: flags.cursor };
  const { stdout } = process;
  await withDesk(flags, async (desk) => {
    if (flags.letters) {
      const found = await desk.letters(query, page);
      stdout.write(flags.json ? `${JSON.stringify(found)}\n` : letterTable(found, stdout.columns));
    } else {
      const found = await desk.groups(query, page);
      stdout.write(flags.json ? `${JSON.stringify(found)}\n` : groupTable(found, stdout.columns));
    }
  });
  return exitCodes.ok;
}

const messageWidth = 60;

/** Width of the last column, so that lines fit a terminal. */
function lastWidth(columns: number | undefined, others: number): number {
  return columns === undefined ? messageWidth : Math.max(20, columns - others);
}

export function groupTable({ items, next }: Page<GroupSummary>, columns?: number): string {
  if (items.length === 0) return 'no dead letters\n';
  const width = lastWidth(columns, 112);
  const rows = items.map(({ groupId, consumer, code, letters: counts, firstSeen, lastSeen, message }) => [
    groupId,
    consumer,
    code.replace('EVENTBUS_', ''),
    counts.open,
    counts.open + counts.redriving + counts.redriven + counts.discarded,
    shownTime(firstSeen),
    shownTime(lastSeen),
    shortened(message, width),
  ]);
  const head = ['group', 'consumer', 'code', 'open', 'selected', 'first seen', 'last seen', 'message'];
  const sum = items.reduce((total, { letters: { open } }) => total + open, 0);
  return `${table(head, rows)}\n\n${letters(sum)} open in ${items.length} groups${more(next)}\n`;
}

export function letterTable({ items, next }: Page<LetterSummary>, columns?: number): string {
  if (items.length === 0) return 'no dead letters\n';
  const width = lastWidth(columns, 130);
  const rows = items.map((letter) => [
    letter.letterId,
    letter.consumer,
    `${letter.topic} ${letter.partition}:${letter.offset}`,
    shortened(letter.key ?? '–', 20),
    letter.status,
    shownTime(letter.lastFailedAt),
    shortened(letter.message, width),
  ]);
  return `${table(['letter', 'consumer', 'record', 'key', 'status', 'failed', 'message'], rows)}\n${more(next)}\n`;
}

function more(next: string | null): string {
  return next === null ? '' : `\nmore with --cursor ${next}`;
}
