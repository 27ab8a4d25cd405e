// `npm run test:integration`: starts Apache Kafka, PostgreSQL and Redis, runs the end-to-end and integration suites
// against them with foreign clients and a browser, and stops them. Docker Compose where an engine answers, native programs otherwise.
// The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerAnswers, startContainers } from './engines/docker.ts';
import type { Engine } from './engines/engine.ts';
import { startApacheKafka } from './engines/kafka.ts';
import { startPostgres } from './engines/postgres.ts';
import { ensureDebianPackages } from './engines/processes.ts';
import { ensurePythonPackages } from './engines/python.ts';
import { startRedis } from './engines/redis.ts';

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, 'node_modules', '.cache', 'event-bus');
const folder = mkdtempSync(join(tmpdir(), 'event-bus-integration-'));
// The database server runs as a user of its own and has to reach its data below this folder.
chmodSync(folder, 0o755);

interface Engines {
  readonly kafka: Engine;
  readonly postgres: Engine;
  readonly redis: Engine;
}

async function startEngines(): Promise<Engines> {
  if (dockerAnswers()) return startContainers();
  const postgres = await startPostgres(join(folder, 'postgres'));
  const kafka = await startApacheKafka(cache, join(folder, 'kafka'));
  const redis = await startRedis(join(folder, 'redis'));
  return { kafka, postgres, redis };
}

function runSuites(engines: Engines, python: string): { passed: number; failed: number } {
  const report = join(folder, 'report.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  spawnSync(
    process.execPath,
    [
      ...flags,
      jest,
      '--runInBand',
      '--forceExit',
      '--json',
      `--outputFile=${report}`,
      '--selectProjects',
      'integration',
      'e2e',
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        EVENT_BUS_TEST_KAFKA: engines.kafka.address,
        EVENT_BUS_TEST_POSTGRES_URL: engines.postgres.address,
        EVENT_BUS_TEST_REDIS_URL: engines.redis.address,
        EVENT_BUS_TEST_PYTHON: python,
      },
    },
  );
  const result = JSON.parse(readFileSync(report, 'utf8'));
  return { passed: result.numPassedTests, failed: result.numFailedTests + result.numRuntimeErrorTestSuites };
}

/** The second opinion on the templates counts as one test. */
function lintTemplates(): boolean {
  const program = join(root, 'bin', 'lint-templates.ts');
  return spawnSync(process.execPath, [program], { cwd: root, stdio: 'inherit' }).status === 0;
}

let counts = { passed: 0, failed: 1 };
const engines: Engine[] = [];
try {
  ensureDebianPackages({
    kcat: 'kcat',
    mosquitto_pub: 'mosquitto-clients',
    psql: 'postgresql-client',
    chromium: 'chromium',
  });
  const python = ensurePythonPackages(cache);
  const started = await startEngines();
  engines.push(started.kafka, started.postgres, started.redis);
  const places = [started.kafka, started.postgres, started.redis].map(({ address }) => address);
  process.stdout.write(`Kafka, PostgreSQL and Redis at ${places.join(', ')}\n`);
  const { passed, failed } = runSuites(started, python);
  counts = lintTemplates() ? { passed: passed + 1, failed } : { passed, failed: failed + 1 };
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
} finally {
  for (const engine of engines) await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exit(counts.failed === 0 ? 0 : 1);
