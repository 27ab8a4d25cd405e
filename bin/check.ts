// `npm test`: type check, lint, format, generated files, then every Jest level that needs no outside engine.
// Each gate counts as one test; the last line is `N passed, N failed`.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const tool = (...path: string[]) => join(root, 'node_modules', ...path);

/** A gate that finds something on every line may say so. */
const maxReportBytes = 64 * 1_048_576;

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

/** Resolves with whether the gate is passed. */
function runGate({ name, command: [program, ...args] }: Gate): Promise<boolean> {
  const started = performance.now();
  return new Promise((resolve) => {
    execFile(program, args, { cwd: root, maxBuffer: maxReportBytes }, (error, stdout, stderr) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${error === null ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
      if (error !== null) process.stdout.write(`${stdout}${stderr}\n`);
      resolve(error === null);
    });
  });
}

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly { readonly name: string; readonly message: string }[];
}

/** Runs Jest with its flags and reads its report; undefined when it ended without one. */
function jestReport(flags: readonly string[]): Report | undefined {
  // Suites that end without tidying up leave nothing behind: all their temporary files are in this folder.
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-test-'));
  const file = join(folder, 'report.json');
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = [tool('jest', 'bin', 'jest.js'), '--forceExit', '--json', `--outputFile=${file}`];
  spawnSync(process.execPath, [...node, ...jest, ...flags], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  });
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runJest(levels: readonly string[]): { passed: number; failed: number } {
  // The whole-program suites wait more than they compute, so three workers pay even on two cores.
  const report = jestReport(['--maxWorkers=3', '--selectProjects', ...levels]);
  if (report === undefined) return { passed: 0, failed: 1 };
  // A worker process that a signal ended (rarely, Node itself faults inside the module sandbox) gave no verdict on its
  // suite: the suite runs once more by itself, and what happens then counts.
  const ended = report.testResults.filter(({ message }) => message.includes('was terminated by another process'));
  const again = ended.length === 0 ? undefined : rerun(ended.map(({ name }) => name));
  // A suite that cannot be loaded holds no test that could fail, so it counts as a failure of its own.
  const counted = report.numFailedTests + report.numRuntimeErrorTestSuites - ended.length;
  const failed = counted === 0 && ended.length === 0 && !report.success ? 1 : counted;
  return { passed: report.numPassedTests + (again?.passed ?? 0), failed: failed + (again?.failed ?? 0) };
}

function rerun(files: readonly string[]): { passed: number; failed: number } {
  process.stdout.write(`a signal ended the process of ${files.join(', ')}; running again\n`);
  const report = jestReport(['--runInBand', '--runTestsByPath', ...files]);
  if (report === undefined) return { passed: 0, failed: files.length };
  return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
}

// Side by side: none of them uses all processors all the time.
const outcomes = await Promise.all(gates.map(runGate));
const { passed, failed } = runJest(['unit', 'property', 'contract', 'infra', 'e2e']);
const totalPassed = passed + outcomes.filter(Boolean).length;
const totalFailed = failed + outcomes.filter((ok) => !ok).length;
process.stdout.write(`${totalPassed} passed, ${totalFailed} failed\n`);
process.exit(totalFailed === 0 ? 0 : 1);
