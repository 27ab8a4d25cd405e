import type { Logger } from 'pino';

/** Everything that was started, closed in reverse order. */
export class Started {
  readonly #closers: { readonly name: string; readonly close: () => Promise<void> }[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add<T extends { close(): Promise<void> }>(name: string, part: T): T {
    this.#closers.push({ name, close: () => part.close() });
    return part;
  }

  async close(): Promise<void> {
    for (const { name, close } of this.#closers.splice(0).reverse()) {
      await close().catch((error: unknown) => this.#log.error({ part: name }, `closing failed: ${String(error)}`));
    }
  }
}
