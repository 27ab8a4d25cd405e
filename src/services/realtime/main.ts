// The realtime gateway as a program of its own: settings from the environment, logs and metrics on standard output.
import { once } from 'node:events';
import { type Logger, pino } from 'pino';
import { environment } from '../../catalogue/environment.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { credentialsFrom } from '../../kafka/aws-credentials.ts';
import { connectionFromEnvironment } from '../../kafka/connection.ts';
import { poolFromEnvironment } from '../../postgres/connection.ts';
import type { Pool } from '../../postgres/pool.ts';
import { makeTokenVerifier } from '../auth/token-verifier.ts';
import { startRealtimeGateway } from './gateway.ts';
import { realtimeMetricLine } from './gateway-metrics.ts';
import { realtimeSettings, type SharedCache } from './realtime-settings.ts';
import { connectElastiCache, connectSharedAdapter } from './shared-adapter.ts';
import { makeMemoryStore } from './store.memory.ts';
import { makePostgresStore } from './store.postgres.ts';

const metricsEveryMs = 20_000;

async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const { logLevel, trust, shared, ...settings } = realtimeSettings(env);
  const log = pino({ name: 'realtime', level: logLevel, timestamp: pino.stdTimeFunctions.isoTime }, process.stdout);
  const pool = poolIn(env, log);
  const gateway = await startRealtimeGateway({
    ...settings,
    connection: connectionFromEnvironment(env),
    codec: makeCodec(schemaIdsFromEnvironment(env)),
    verifier: makeTokenVerifier(trust),
    store: pool === undefined ? makeMemoryStore() : makePostgresStore(pool),
    log,
    ...(shared === undefined ? {} : { adapter: await connect(shared, env, log) }),
  });
  const report = () => process.stdout.write(`${realtimeMetricLine(gateway.counters(), Date.now())}\n`);
  const timer = setInterval(report, metricsEveryMs);
  log.info({ url: gateway.url, database: pool !== undefined, shared: shared?.kind }, `Socket.IO on ${gateway.url}`);

  const signal = await Promise.race(['SIGTERM', 'SIGINT'].map(async (name) => (await once(process, name), name)));
  log.info({ signal }, 'telling clients to connect elsewhere, then ending');
  clearInterval(timer);
  await gateway.close();
  await pool?.end();
}

function poolIn(env: NodeJS.ProcessEnv, log: Logger): Pool | undefined {
  if (env[environment.databaseUrl] === undefined) return undefined;
  return poolFromEnvironment(env, {
    applicationName: 'event-bus-realtime',
    max: 4,
    onIdleError: ({ code, message }) => log.warn({ code }, message),
  });
}

function connect(shared: SharedCache, env: NodeJS.ProcessEnv, log: Logger) {
  return shared.kind === 'redis'
    ? connectSharedAdapter(shared.url, log)
    : connectElastiCache(shared, () => credentialsFrom(env), log);
}

try {
  await run(process.env);
} catch (error) {
  const { message, code } = error as Error & { readonly code?: string };
  process.stdout.write(`${JSON.stringify({ level: 'fatal', name: 'realtime', code, msg: message })}\n`);
  process.exitCode = 1;
}
