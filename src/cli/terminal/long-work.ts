import { makeProgress, type Progress } from './progress.ts';

/** Amount of work from which on a bar is worth its line. */
const longFrom = 10_000;

/** A bar on standard error that appears once the work turns out to be long. */
export function longWork(label: string, total?: number): Progress {
  let progress: Progress | undefined;
  return {
    update(done) {
      if (done >= longFrom) progress ??= makeProgress({ label, total, stream: process.stderr, now: Date.now });
      progress?.update(done);
    },
    end: () => progress?.end(),
  };
}
