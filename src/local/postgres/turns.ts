import { statusAtEnd } from './wire.ts';

/** Runs protocol bytes on the engine, synchronously; `onData` gets answers that are valid only during the call. */
export type RunBytes = (bytes: Uint8Array, onData: (answer: Uint8Array) => void) => void;

/** What one connection sends up to a point where the engine answers: Query, Sync, Flush or a function call. */
export interface Unit {
  readonly bytes: Buffer;
  /** Gets the answer in pieces, in order. */
  readonly write: (answer: Buffer) => void;
  readonly done: (error: Error | null) => void;
}

interface Waiting {
  readonly connection: number;
  readonly unit: Unit;
}

/**
 * Shares the one backend of the engine between connections: a connection keeps the turn from the first statement of
 * a transaction to its end, so that transactions never mix; the others wait in the order of arrival.
 */
export class Turns {
  readonly #run: RunBytes;
  #waiting: Waiting[] = [];
  #owner: number | null = null;
  #ownerIdleSinceMs = 0;
  #scheduled = false;
  readonly #nowMs: () => number;
  unitsRun = 0;

  constructor(run: RunBytes, nowMs: () => number) {
    this.#run = run;
    this.#nowMs = nowMs;
  }

  get owner(): number | null {
    return this.#owner;
  }

  /** How long others have been waiting for an owner that sends nothing, ms; 0 when nobody waits. */
  get stalledMs(): number {
    if (this.#owner === null || this.#waiting.length === 0) return 0;
    if (this.#waiting.some(({ connection }) => connection === this.#owner)) return 0;
    return this.#nowMs() - this.#ownerIdleSinceMs;
  }

  enqueue(connection: number, unit: Unit): void {
    this.#waiting.push({ connection, unit });
    this.#schedule();
  }

  /** Drops what the connection still wants. */
  forget(connection: number): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.connection !== connection);
  }

  /** Runs `bytes` before anything else of anyone; for cleaning up behind a connection that is gone. */
  runNow(bytes: Buffer): void {
    let tail = Buffer.alloc(0);
    this.#run(bytes, (answer) => {
      tail = lastBytes(tail, answer);
    });
    const status = statusAtEnd(tail);
    if (status === 'I') this.#owner = null;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#next();
    });
  }

  #next(): void {
    const index = this.#owner === null ? 0 : this.#waiting.findIndex(({ connection }) => connection === this.#owner);
    const waiting = this.#waiting[index];
    if (waiting === undefined) return;
    this.#waiting.splice(index, 1);
    this.#runUnit(waiting);
    if (this.#waiting.length > 0) this.#schedule();
  }

  #runUnit({ connection, unit }: Waiting): void {
    let tail = Buffer.alloc(0);
    try {
      this.#run(unit.bytes, (answer) => {
        const copy = Buffer.from(answer);
        tail = lastBytes(tail, copy);
        unit.write(copy);
      });
    } catch (error) {
      unit.done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.unitsRun += 1;
    this.#owner = statusAtEnd(tail) === 'I' ? null : connection;
    this.#ownerIdleSinceMs = this.#nowMs();
    unit.done(null);
  }
}

function lastBytes(tail: Buffer, answer: Uint8Array): Buffer<ArrayBuffer> {
  if (answer.length >= 6) return Buffer.from(answer.subarray(answer.length - 6));
  return Buffer.from(Buffer.concat([tail, answer]).subarray(-6));
}
