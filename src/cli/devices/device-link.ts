import type { GrpcTls } from '../../local/platform/settings.ts';
import type { DeviceMessage } from './device-message.ts';

/** The way of simulated or replayed devices to the bus. */
export interface DeviceLink {
  /**
   * Hands messages over, in order; resolves when there is room for more. What the bus has not acknowledged when a
   * connection breaks is sent again after reconnecting: nothing is lost, copies are possible.
   * @throws AppError EVENTBUS_DEVICE_UNREACHABLE when the bus stays away, EVENTBUS_DEVICE_REFUSED when it will not have us
   */
  send(messages: readonly DeviceMessage[]): Promise<void>;
  /** Resolves when every reading handed over has been acknowledged or refused. */
  drained(): Promise<void>;
  counts(): LinkCounts;
  /** Ends the connections; what is not acknowledged stays so. */
  close(): Promise<void>;
}

export interface LinkCounts {
  /** Readings handed over. */
  readonly readings: number;
  /** Readings that the bus has acknowledged. */
  readonly acknowledged: number;
  /** Readings that can never be taken, with the first reasons in `refusals`. */
  readonly refused: number;
  readonly refusals: readonly string[];
  /** Messages sent a second time or more. */
  readonly resent: number;
  readonly reconnects: number;
}

export interface LinkOptions {
  /** Address, asked again at each connection: a bus that was restarted may have moved. */
  readonly target: () => string;
  /**
   * Folder of the authority that signs the certificates of devices, for `mqtts`.
   * @default that of a bus with default settings
   */
  readonly certificatesDir?: string;
  /** How the bus secures gRPC. @default none */
  readonly grpcTls?: GrpcTls;
  /**
   * Messages that may be on the way at once.
   * @default 256
   */
  readonly window?: number;
  /**
   * How long the very first connection may take, ms.
   * @default 10000
   */
  readonly firstConnectMs?: number;
  /**
   * How long the bus may be away later on, ms.
   * @default 300000
   */
  readonly outageMs?: number;
}

/** First refusals that are kept word by word. */
const keptRefusals = 10;

/** Counts what a link does, and holds senders back while too much is on the way. */
export class LinkLedger {
  readonly #window: number;
  readonly #refusals: string[] = [];
  #waiting: (() => void)[] = [];
  #failure: Error | null = null;
  #onTheWay = 0;
  #readings = 0;
  #acknowledged = 0;
  #refused = 0;
  resent = 0;
  reconnects = 0;

  constructor(window: number) {
    this.#window = window;
  }

  sent(readings: number): void {
    this.#onTheWay += 1;
    this.#readings += readings;
  }

  acknowledged(readings: number): void {
    this.#acknowledged += readings;
    this.#settled();
  }

  refused(readings: number, reason: string): void {
    this.refusedPart(readings, reason);
    this.#settled();
  }

  /** Refusals inside a message whose other readings were taken. */
  refusedPart(readings: number, reason: string): void {
    this.#refused += readings;
    if (this.#refusals.length < keptRefusals) this.#refusals.push(reason);
  }

  /** Everybody who waits, now or later, gets this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  room(): Promise<void> {
    return this.#until(() => this.#onTheWay < this.#window);
  }

  empty(): Promise<void> {
    return this.#until(() => this.#onTheWay === 0);
  }

  counts(): LinkCounts {
    return {
      readings: this.#readings,
      acknowledged: this.#acknowledged,
      refused: this.#refused,
      refusals: this.#refusals,
      resent: this.resent,
      reconnects: this.reconnects,
    };
  }

  #settled(): void {
    this.#onTheWay -= 1;
    if (this.#waiting.length > 0) this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (this.#failure === null && !condition()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#failure !== null) throw this.#failure;
  }
}
