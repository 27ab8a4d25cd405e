import { AppError } from '../../core/errors/app-error.ts';
import type { DeadLetterDesk } from './dead-letter-desk.ts';

/** Sends redrives while its program serves others. */
export interface BackgroundRedrives {
  /**
   * Begins to send; one that this program sends already goes on, and one that it is about to pause begins again after
   * that. Failures pause it and are told in its status.
   */
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

  async function start(redrive: { readonly redriveId: string; readonly actor: string }): Promise<void> {
    const { redriveId } = redrive;
    const { state, alive } = await desk.redrive(redriveId);
    const sending = running.get(redriveId);
    if (sending !== undefined && (state === 'planned' || state === 'running')) return;
    if (sending !== undefined && state === 'paused') {
      // It was asked to pause, and does so after the letters that are being sent.
      await sending;
      return start(redrive);
    }
    if (alive || !['planned', 'running', 'paused'].includes(state)) {
      const what = `${redriveId} ${alive ? 'is being sent by another program' : `is ${state}`}`;
      throw new AppError('EVENTBUS_DLQ_REDRIVE_STATE', what, { details: { redriveId, state } });
    }
    const begun = desk.run({ ...redrive, signal: stop.signal }).then(
      () => undefined,
      (error: unknown) => onFailure(error, redriveId),
    );
    running.set(
      redriveId,
      begun.finally(() => running.delete(redriveId)),
    );
  }

  return {
    start,
    async close() {
      stop.abort();
      await Promise.all(running.values());
    },
  };
}
