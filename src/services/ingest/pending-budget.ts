interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

/** Bounds the bytes that wait for the log over all calls. */
export class PendingBudget {
  readonly #maxBytes: number;
  readonly #waiting: Waiter[] = [];
  #used = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes the bytes if there is room and nobody waits. */
  tryTake(bytes: number): boolean {
    return this.#waiting.length === 0 && this.#takeRoom(bytes);
  }

  /** Takes the bytes, waiting for room in the order of the calls. */
  async take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  give(bytes: number): void {
    this.#used -= bytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#takeRoom(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.resolve();
    }
  }

  /** An empty budget has room for anything, so that no request is too large to pass at all. */
  #takeRoom(bytes: number): boolean {
    if (this.#used > 0 && this.#used + bytes > this.#maxBytes) return false;
    this.#used += bytes;
    return true;
  }
}
