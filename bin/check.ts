// `npm test`: type check, lint, format, generated files, then every Jest level that needs no outside engine.
// Each gate counts as one test; the last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const tool = (...path: string[]) => join(root, 'node_modules', ...path);

interface Gate {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const gates: readonly Gate[] = [
  { name: 'types', command: [tool('.bin', 'tsc'), '--noEmit'] },
  { name: 'lint', command: [tool('.bin', 'oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [tool('.bin', 'biome'), 'check', '.'] },
  { name: 'generated files', command: [process.execPath, join(root, 'bin', 'generate.ts'), '--check'] },
];

function runGate({ name, command: [program, ...args] }: Gate): boolean {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (status !== 0) process.stdout.write(`${stdout}${stderr}\n`);
  return status === 0;
}

function runJest(levels: readonly string[]): { passed: number; failed: number } {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-test-'));
  const report = join(folder, 'report.json');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = [
    tool('jest', 'bin', 'jest.js'),
    '--forceExit',
    // The whole-program suites wait more than they compute, so two workers pay even on two cores.
    '--maxWorkers=2',
    '--json',
    `--outputFile=${report}`,
    '--selectProjects',
    ...levels,
  ];
  const { status } = spawnSync(process.execPath, [...flags, ...jest], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    // A suite that cannot be loaded holds no test that could fail, so it counts as a failure of its own.
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed: status !== 0 && failed === 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const outcomes = gates.map(runGate);
const { passed, failed } = runJest(['unit', 'property', 'contract', 'infra', 'e2e']);
const totalPassed = passed + outcomes.filter(Boolean).length;
const totalFailed = failed + outcomes.filter((ok) => !ok).length;
process.stdout.write(`${totalPassed} passed, ${totalFailed} failed\n`);
process.exit(totalFailed === 0 ? 0 : 1);
