import type { ErrorCode } from '../../core/errors/registry.ts';

/** What the starter gives to the engine's thread. */
export interface ThreadSettings {
  readonly role: 'initialise' | 'serve';
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Ports after `port` that are tried when it is taken. */
  readonly portsToTry: number;
  readonly maxConnections: number;
  /** How long a client may sit idle in a transaction while others wait. */
  readonly maxStallMs: number;
}

export type FromEngine =
  | { readonly kind: 'initialised' }
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly what: string }
  | { readonly kind: 'closed' };

export interface ToEngine {
  readonly kind: 'close';
}
