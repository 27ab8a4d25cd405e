import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { bundledProgram, bundleService } from '../../../lib/services/bundle-service.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { readTopic } from '../../../src/kafka/reader.ts';
import type { EmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { loadProto } from '../../../src/services/ingest/ingest-proto.ts';
import { startEmbeddedLog } from '../../bench/embedded-log.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { type IngestClient, ingestClient } from './ingest-client.ts';

const directory = temporaryDirectory();
const lines: Record<string, unknown>[] = [];
let kafka: EmbeddedKafka;
let program: ChildProcess;
let target: string;
let client: IngestClient;

beforeAll(async () => {
  kafka = await startEmbeddedLog(join(directory.path, 'log'), ['wind.turbine.raw']);
  const image = join(directory.path, 'image');
  bundleService('ingest', image);
  program = startProgram(image, { EVENT_BUS_KAFKA: kafka.bootstrapServers });
  target = `127.0.0.1:${String((await lineWith('port'))['port'])}`;
  client = ingestClient(target);
});

afterAll(async () => {
  client.close();
  program.kill('SIGKILL');
  await kafka.close();
  directory.remove();
});

interface HealthClient {
  check(request: object, done: (error: Error | null, answer: unknown) => void): void;
  close(): void;
}

/** Starts the program as its image does: from its own folder, without this repository's packages. */
function startProgram(image: string, env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['--enable-source-maps', bundledProgram], {
    cwd: image,
    env: { ...env, EVENT_BUS_LISTEN_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    child.emit('line');
  });
  return child;
}

/** The first line of the program that has a field, when it has been written. */
async function lineWith(field: string): Promise<Record<string, unknown>> {
  for (;;) {
    const found = lines.find((line) => field in line);
    if (found !== undefined) return found;
    await once(program, 'line');
  }
}

test('the bundled program stores what it acknowledges', async () => {
  const turbine = { time: '2026-11-01T10:00:00Z', activePowerKw: 1800 };
  await expect(client.publish({ deviceId: 't-9', readings: [{ turbine }] })).resolves.toEqual({ accepted: 1 });
  const codec = makeCodec();
  const stored: unknown[] = [];
  for await (const batch of readTopic({ connection: kafka, topic: 'wind.turbine.raw' })) {
    for (const { value } of batch) stored.push(codec.decodeRecord('TurbineReading', undefined, value as Buffer).value);
  }
  expect(stored).toEqual([expect.objectContaining({ turbineId: 't-9', activePowerKw: 1800 })]);
});

test('the bundled program answers health checks', async () => {
  const loaded = loadPackageDefinition(loadProto(healthProtoPath)) as unknown as {
    readonly grpc: { readonly health: { readonly v1: { readonly Health: new (...args: unknown[]) => HealthClient } } };
  };
  const health = new loaded.grpc.health.v1.Health(target, credentials.createInsecure());
  const answer = await new Promise((resolve, reject) => {
    health.check({ service: 'ingest.v1.IngestService' }, (error, found) => (error ? reject(error) : resolve(found)));
  });
  health.close();
  expect(answer).toEqual({ status: 'SERVING' });
});

test('SIGTERM ends the bundled program in order, with its last metrics', async () => {
  const ended = once(program, 'close');
  program.kill('SIGTERM');
  await expect(ended).resolves.toEqual([0, null]);
  expect(await lineWith('_aws')).toMatchObject({ Service: 'ingest', ReadingsAccepted: 1, ReadingsRefused: 0 });
});
