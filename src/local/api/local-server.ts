import type { Logger } from 'pino';
import { makePool, type Pool } from '../../postgres/pool.ts';
import type { LocalTrust } from '../auth/local-issuer.ts';

/** What every server of a bus on one machine is started with. */
export interface LocalServerOptions {
  readonly host: string;
  /** The next free one is taken when another program has it; 0 takes any. */
  readonly port: number;
  readonly bootstrapServers: string;
  /** PostgreSQL URL. */
  readonly postgres: string;
  /** Whose tokens are believed. */
  readonly trust: LocalTrust;
  readonly log: Logger;
}

/** Ports behind the one asked for that are tried when it is taken. */
export const portsToTry = 20;

export function localPool(
  { postgres, log }: Pick<LocalServerOptions, 'postgres' | 'log'>,
  pool: { readonly applicationName: string; readonly max: number },
): Pool {
  return makePool(postgres, { ...pool, onIdleError: ({ code, message }) => log.warn({ code }, message) });
}

/** Starts a server; what it needs is released when it has closed, or could not be started. */
export async function releasing<T extends { close(): Promise<void> }>(
  release: () => Promise<void>,
  start: () => Promise<T>,
): Promise<T> {
  try {
    const server = await start();
    return {
      ...server,
      close: async () => {
        await server.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
