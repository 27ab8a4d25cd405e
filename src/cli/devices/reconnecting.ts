import { AppError } from '../../core/errors/app-error.ts';
import type { LinkOptions } from './device-link.ts';

/** Decides when to try again and when to give up; one for all connections of a link. */
export class Patience {
  readonly #options: LinkOptions;
  #everConnected = false;
  #awaySinceMs: number | null = null;
  #failures = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get everConnected(): boolean {
    return this.#everConnected;
  }

  /** The bus answered. That alone ends no outage: a bus that drops what it is sent would be asked for ever. */
  connected(): void {
    this.#everConnected = true;
  }

  /** The bus took something, or has nothing to take. */
  progressed(): void {
    this.#awaySinceMs = null;
    this.#failures = 0;
  }

  /**
   * Time to wait before the next attempt, ms.
   * @throws AppError EVENTBUS_DEVICE_UNREACHABLE when the bus was away for too long
   */
  next(nowMs: number, cause: unknown): number {
    this.#awaySinceMs ??= nowMs;
    this.#failures += 1;
    const { firstConnectMs = 10_000, outageMs = 300_000 } = this.#options;
    const limitMs = this.#everConnected ? outageMs : firstConnectMs;
    if (nowMs - this.#awaySinceMs >= limitMs) {
      const reason = cause instanceof Error && cause.message !== '' ? cause.message : 'connection closed';
      const what = `${this.#options.target()} for ${Math.round(limitMs / 1000)} s: ${reason}`;
      throw new AppError('EVENTBUS_DEVICE_UNREACHABLE', what, { cause });
    }
    return Math.min(2000, 100 * 2 ** Math.min(this.#failures - 1, 5));
  }
}
