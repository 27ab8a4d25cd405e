import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { freePort, run } from './processes.ts';

/** True when a Docker engine answers; a client without an engine does not count. */
export function dockerAnswers(): boolean {
  return spawnSync('docker', ['compose', 'version']).status === 0 && spawnSync('docker', ['info']).status === 0;
}

/** Kafka and PostgreSQL as containers; stopping either one takes both down. */
export async function startContainers(): Promise<{ kafka: Engine; postgres: Engine }> {
  const [kafkaPort, postgresPort] = [await freePort(), await freePort()];
  const compose = ['compose', '-p', 'event-bus-integration', '-f', join(import.meta.dirname, 'compose.yaml')];
  const env = { ...process.env, KAFKA_PORT: String(kafkaPort), POSTGRES_PORT: String(postgresPort) };
  run('docker', [...compose, 'up', '--detach', '--wait'], { env });
  const stop = async () => {
    run('docker', [...compose, 'down', '--volumes'], { env });
  };
  return {
    kafka: { address: `127.0.0.1:${kafkaPort}`, stop },
    postgres: { address: `postgres://postgres@127.0.0.1:${postgresPort}/postgres`, stop },
  };
}
