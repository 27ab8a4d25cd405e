import { makeCodec } from '../../codec/codec.ts';
import { makeTokenVerifier } from '../../services/auth/token-verifier.ts';
import { type RealtimeGateway, startRealtimeGateway } from '../../services/realtime/gateway.ts';
import { connectSharedAdapter } from '../../services/realtime/shared-adapter.ts';
import { makePostgresStore } from '../../services/realtime/store.postgres.ts';
import { type LocalServerOptions, localPool, portsToTry, releasing } from '../api/local-server.ts';

export interface RealtimeOptions extends LocalServerOptions {
  /** Redis or Valkey that gateways share. @default this gateway is alone */
  readonly redis?: string | undefined;
}

/** Pages of this machine, whatever port serves them. */
const localOrigins = ['http://127.0.0.1:*', 'http://localhost:*', 'http://[::1]:*'];

/** The realtime gateway of a bus on one machine: the program that runs on Fargate. */
export function startRealtime(options: RealtimeOptions): Promise<RealtimeGateway> {
  const { host, port, bootstrapServers, trust, redis, log } = options;
  const pool = localPool(options, { applicationName: 'event-bus-realtime', max: 4 });
  return releasing(
    () => pool.end(),
    async () => {
      const adapter = redis === undefined ? {} : { adapter: await connectSharedAdapter(redis, log) };
      return startRealtimeGateway({
        host,
        port,
        portsToTry,
        connection: { bootstrapServers },
        codec: makeCodec(),
        verifier: makeTokenVerifier(trust),
        store: makePostgresStore(pool),
        origins: localOrigins,
        log,
        ...adapter,
      });
    },
  );
}
