import { exitCodes } from '../exit-codes.ts';
import type { DiscardFlags } from './command.ts';
import { letters } from './letter-text.ts';
import { actor, withDesk } from './open-desk.ts';
import { queryOf } from './selection.ts';

/** Discards letters and prints how many; returns the exit code. */
export async function runDiscard(ids: readonly string[], flags: DiscardFlags): Promise<number> {
  const dryRun = flags.dryRun === true;
  const request = { query: queryOf(flags, ids), reason: flags.reason, actor: actor(), dryRun };
  const number = await withDesk(flags, (desk) => desk.discard(request));
  const text = `${letters(number)} ${dryRun ? 'would be discarded' : 'discarded'}`;
  process.stdout.write(flags.json ? `${JSON.stringify({ letters: number, dryRun })}\n` : `${text}\n`);
  return exitCodes.ok;
}
