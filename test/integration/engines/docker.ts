import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { freePort, run } from './processes.ts';

/** True when a Docker engine answers; a client without an engine does not count. */
export function dockerAnswers(): boolean {
  return spawnSync('docker', ['compose', 'version']).status === 0 && spawnSync('docker', ['info']).status === 0;
}

/** Kafka, PostgreSQL and Valkey as containers; stopping one takes all down. */
export async function startContainers(): Promise<{ kafka: Engine; postgres: Engine; redis: Engine }> {
  const [kafkaPort, postgresPort, redisPort] = [await freePort(), await freePort(), await freePort()];
  const compose = ['compose', '-p', 'event-bus-integration', '-f', join(import.meta.dirname, 'compose.yaml')];
  const ports = { KAFKA_PORT: kafkaPort, POSTGRES_PORT: postgresPort, REDIS_PORT: redisPort };
  const env = { ...process.env, ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `${port}`])) };
  run('docker', [...compose, 'up', '--detach', '--wait'], { env });
  const stop = async () => {
    run('docker', [...compose, 'down', '--volumes'], { env });
  };
  return {
    kafka: { address: `127.0.0.1:${kafkaPort}`, stop },
    postgres: { address: `postgres://postgres@127.0.0.1:${postgresPort}/postgres`, stop },
    redis: { address: `redis://127.0.0.1:${redisPort}`, stop },
  };
}
