/** Holds work back while it is closed. */
export class Gate {
  #opening: PromiseWithResolvers<void> | undefined;
  #ended = false;
  readonly #sleepers = new Set<() => void>();

  get closed(): boolean {
    return this.#opening !== undefined;
  }

  close(): void {
    if (!this.#ended) this.#opening ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  /** Opens for good, and wakes whoever sleeps. */
  end(): void {
    this.#ended = true;
    this.open();
    for (const wake of this.#sleepers) wake();
  }

  /** Resolves when the gate is open. */
  async passed(): Promise<void> {
    while (this.#opening !== undefined) await this.#opening.promise;
  }

  /** A wait that the end of the gate cuts short. */
  async sleep(ms: number): Promise<void> {
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }
}
