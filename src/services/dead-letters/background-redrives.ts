import { AppError } from '../../core/errors/app-error.ts';
import type { DeadLetterDesk } from './dead-letter-desk.ts';

/** Sends redrives while its program serves others. */
export interface BackgroundRedrives {
  /** Begins to send; one that this program sends already goes on. Failures pause it and are told in its status. */
  start(redrive: { readonly redriveId: string; readonly actor: string }): Promise<void>;
  /** Pauses what is being sent; the next program can resume it. */
  close(): Promise<void>;
}

export function makeBackgroundRedrives(
  desk: DeadLetterDesk,
  onFailure: (error: unknown, redriveId: string) => void,
): BackgroundRedrives {
  const stop = new AbortController();
  const running = new Map<string, Promise<void>>();
  return {
    async start({ redriveId, actor }) {
      if (running.has(redriveId)) return;
      const { state, alive } = await desk.redrive(redriveId);
      if (alive || !['planned', 'running', 'paused'].includes(state)) {
        const what = `${redriveId} ${alive ? 'is being sent by another program' : `is ${state}`}`;
        throw new AppError('EVENTBUS_DLQ_REDRIVE_STATE', what, { details: { redriveId, state } });
      }
      const sending = desk.run({ redriveId, actor, signal: stop.signal }).then(
        () => undefined,
        (error: unknown) => onFailure(error, redriveId),
      );
      running.set(
        redriveId,
        sending.finally(() => running.delete(redriveId)),
      );
    },
    async close() {
      stop.abort();
      await Promise.all(running.values());
    },
  };
}
