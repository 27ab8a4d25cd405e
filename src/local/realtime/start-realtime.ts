import type { Logger } from 'pino';
import { makeCodec } from '../../codec/codec.ts';
import { makePool } from '../../postgres/pool.ts';
import { makeTokenVerifier } from '../../services/auth/token-verifier.ts';
import { type RealtimeGateway, startRealtimeGateway } from '../../services/realtime/gateway.ts';
import { connectSharedAdapter } from '../../services/realtime/shared-adapter.ts';
import { makePostgresStore } from '../../services/realtime/store.postgres.ts';
import type { LocalTrust } from '../auth/local-issuer.ts';

export interface RealtimeOptions {
  readonly host: string;
  /** The next free one is taken when another program has it; 0 takes any. */
  readonly port: number;
  readonly bootstrapServers: string;
  /** PostgreSQL URL. */
  readonly postgres: string;
  /** Whose tokens are believed. */
  readonly trust: LocalTrust;
  /** Redis or Valkey that gateways share. @default this gateway is alone */
  readonly redis?: string | undefined;
  readonly log: Logger;
}

/** Pages of this machine, whatever port serves them. */
const localOrigins = ['http://127.0.0.1:*', 'http://localhost:*', 'http://[::1]:*'];

/** The realtime gateway of a bus on one machine: the program that runs on Fargate. */
export async function startRealtime({
  postgres,
  trust,
  redis,
  log,
  ...options
}: RealtimeOptions): Promise<RealtimeGateway> {
  const pool = makePool(postgres, {
    applicationName: 'event-bus-realtime',
    max: 4,
    onIdleError: ({ code, message }) => log.warn({ code }, message),
  });
  try {
    const adapter = redis === undefined ? {} : { adapter: await connectSharedAdapter(redis, log) };
    const gateway = await startRealtimeGateway({
      host: options.host,
      port: options.port,
      portsToTry: 20,
      connection: { bootstrapServers: options.bootstrapServers },
      codec: makeCodec(),
      verifier: makeTokenVerifier(trust),
      store: makePostgresStore(pool),
      origins: localOrigins,
      log,
      ...adapter,
    });
    return {
      ...gateway,
      close: async () => {
        await gateway.close();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
