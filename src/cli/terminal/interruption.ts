import { exitCodes } from '../exit-codes.ts';

/** Tells when the user has pressed Ctrl-C. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  end(): void;
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Takes Ctrl-C as a wish to stop cleanly; the second one ends the process at once. */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    end: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
