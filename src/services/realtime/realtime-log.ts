import type { Logger } from 'pino';

/** What the gateway needs of a logger. */
export type RealtimeLog = Pick<Logger, 'info' | 'warn' | 'error'>;
