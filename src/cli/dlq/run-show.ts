import { AppError } from '../../core/errors/app-error.ts';
import type { DeadLetterDesk, GroupDetails, RedriveDetails } from '../../services/dead-letters/dead-letter-desk.ts';
import type { LetterDetails } from '../../services/dead-letters/letter-details.ts';
import { isGroupId } from '../../services/dead-letters/letter-store.ts';
import { exitCodes } from '../exit-codes.ts';
import { actionLines, letterText, shownTime } from './letter-text.ts';
import { type DeskFlags, withDesk } from './open-desk.ts';
import { redriveLine } from './redrive-text.ts';
import { statisticsText } from './run-stats.ts';

/** Prints a group, a letter or a redrive; returns the exit code. */
export async function runShow(id: string, flags: DeskFlags): Promise<number> {
  const { stdout } = process;
  await withDesk(flags, async (desk) => {
    const found = await thingOf(desk, id);
    stdout.write(flags.json ? `${JSON.stringify(found.thing)}\n` : `${found.text()}\n`);
  });
  return exitCodes.ok;
}

interface Thing {
  readonly thing: GroupDetails | LetterDetails | RedriveDetails;
  text(): string;
}

async function thingOf(desk: DeadLetterDesk, id: string): Promise<Thing> {
  if (isGroupId(id)) {
    const group = await desk.group(id);
    return { thing: group, text: () => groupText(group) };
  }
  try {
    const letter = await desk.letter(id);
    return { thing: letter, text: () => letterText(letter) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'EVENTBUS_DLQ_UNKNOWN') throw error;
    const redrive = await desk.redrive(id).catch(() => {
      throw new AppError('EVENTBUS_DLQ_UNKNOWN', `"${id}" is neither a group nor a letter nor a redrive`);
    });
    return { thing: redrive, text: () => redriveText(redrive) };
  }
}

function groupText(group: GroupDetails): string {
  return [
    `group      ${group.groupId}   ${group.consumer}   ${group.code}`,
    `seen       ${shownTime(group.firstSeen)} to ${shownTime(group.lastSeen)}`,
    `version    ${group.schemaVersion ?? '–'}`,
    '',
    statisticsText(group.statistics),
    ...actionLines(group.actions),
    '',
    'a sample:',
    group.sample === null ? '' : letterText(group.sample),
  ].join('\n');
}

function redriveText(redrive: RedriveDetails): string {
  return [redriveLine(redrive), ...actionLines(redrive.actions)].join('\n');
}
