import { deviceTarget } from '../device-target.ts';
import { exitCodes } from '../exit-codes.ts';

import { watchInterruption } from '../terminal/interruption.ts';
import { makeProgress } from '../terminal/progress.ts';
import type { ReplayFlags } from './command.ts';
import type { ProfileName } from './profile.ts';
import { type ReplaySummary, replayFile } from './replay-file.ts';
import { summaryText } from './summary-text.ts';

/** Runs the verb; answers the exit code. */
export async function runReplayFile(
  file: string,
  flags: ReplayFlags & { readonly profile: ProfileName },
): Promise<number> {
  const interruption = watchInterruption();
  let progress: ReturnType<typeof makeProgress> | undefined;
  try {
    const summary = await replayFile({
      file,
      profile: flags.profile,
      via: flags.via,
      speed: flags.speed,
      ...deviceTarget(flags.via, flags),
      outageMs: flags.outage * 1000,
      signal: interruption.signal,
      ...(flags.batch === undefined ? {} : { batchSize: flags.batch }),
      ...(flags.window === undefined ? {} : { window: flags.window }),
      onProgress: ({ rows, totalRows }) => {
        progress ??= makeProgress({
          label: `replaying ${flags.profile}`,
          total: totalRows,
          stream: process.stderr,
          now: () => performance.now(),
        });
        progress.update(rows);
      },
    });
    progress?.end();
    progress = undefined;
    process.stdout.write(flags.json === true ? `${JSON.stringify(summary)}\n` : summaryText(summary));
    return exitCodeFor(summary);
  } finally {
    progress?.end();
    interruption.end();
  }
}

function exitCodeFor({ badRows, refused, interrupted }: ReplaySummary): number {
  if (interrupted) return exitCodes.interrupted;
  return badRows > 0 || refused > 0 ? exitCodes.finding : exitCodes.ok;
}
