import { exitCodes } from '../exit-codes.ts';
import { actor, type DeskFlags, withDesk } from './open-desk.ts';
import { redriveLine } from './redrive-text.ts';
import { sendRedrive } from './run-redrive.ts';

/** Resumes, pauses or cancels a redrive and prints where it stands; returns the exit code. */
export async function runEnd(
  action: 'resume' | 'pause' | 'cancel',
  redriveId: string,
  flags: DeskFlags,
): Promise<number> {
  return withDesk(flags, async (desk) => {
    if (action === 'resume') return sendRedrive(desk, redriveId, flags);
    const status = await desk[action]({ redriveId, actor: actor() });
    process.stdout.write(flags.json ? `${JSON.stringify(status)}\n` : `${redriveLine(status)}\n`);
    return exitCodes.ok;
  });
}
