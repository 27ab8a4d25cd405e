/** The key `p` on a terminal: pauses, and goes on. Without a terminal nothing pauses. */
export class PauseKey {
  readonly #onData: (bytes: Buffer) => void;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;

  constructor(signal: AbortSignal) {
    this.#onData = (bytes) => {
      if (bytes.includes(0x03)) process.kill(process.pid, 'SIGINT');
      if (bytes.includes(0x70)) this.#toggle();
    };
    // Stopping must not wait for a key.
    signal.addEventListener('abort', () => this.#release());
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onData);
  }

  /** Resolves at once, or when the replay goes on. */
  released(): Promise<void> {
    return this.#paused ?? Promise.resolve();
  }

  end(): void {
    this.#release();
    if (!process.stdin.isTTY) return;
    process.stdin.off('data', this.#onData);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  #toggle(): void {
    if (this.#paused !== undefined) {
      this.#release();
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#paused = promise;
    this.#resume = resolve;
    process.stderr.write('\npaused; p goes on\n');
  }

  #release(): void {
    this.#resume?.();
    this.#paused = undefined;
  }
}
