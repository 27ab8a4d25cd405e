import type { Caller } from '../auth/token-verifier.ts';

/** A request of a signed-in user to the photo service. */
export interface PhotoCall {
  readonly caller: Caller;
  readonly query: URLSearchParams;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface PhotoAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes are sent as they are, anything else as JSON. */
  readonly body: unknown;
}
