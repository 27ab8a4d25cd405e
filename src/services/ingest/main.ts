// The gRPC ingest gateway as a program of its own: settings from the environment, logs and metrics on standard output.
import { once } from 'node:events';
import { pino } from 'pino';
import { catalogue } from '../../catalogue/catalogue.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { connectionFromEnvironment } from '../../kafka/connection.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { startIngestGateway } from './gateway.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { gatewaySettings } from './gateway-settings.ts';

const metricsEveryMs = 20_000;

async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const { logLevel, ...settings } = gatewaySettings(env);
  const log = pino({ name: 'ingest', level: logLevel, timestamp: pino.stdTimeFunctions.isoTime }, process.stdout);
  const codec = makeCodec(schemaIdsFromEnvironment(env));
  const publisher = makePublisher({ connection: connectionFromEnvironment(env), codec, clientId: 'ingest' });
  const gateway = await startIngestGateway({ ...settings, routes: catalogue.routes, publisher, codec, log });
  const metrics = new GatewayMetrics(Date.now());
  const report = () => process.stdout.write(`${metrics.line(gateway.counters(), Date.now())}\n`);
  const timer = setInterval(report, metricsEveryMs);
  log.info({ port: gateway.port, callers: settings.callerIdentity }, `gRPC on ${settings.host}:${gateway.port}`);

  const signal = await Promise.race(['SIGTERM', 'SIGINT'].map(async (name) => (await once(process, name), name)));
  log.info({ signal }, 'answering what is under way, then ending');
  clearInterval(timer);
  await gateway.close();
  await publisher.close();
  report();
}

try {
  await run(process.env);
} catch (error) {
  const { message, code } = error as Error & { readonly code?: string };
  process.stdout.write(`${JSON.stringify({ level: 'fatal', name: 'ingest', code, msg: message })}\n`);
  process.exitCode = 1;
}
