// `npm run lint:templates`: cfn-lint, a second opinion on every template beside the validator that runs at each synthesis.
// Fetches cfn-lint from PyPI on first use; without Python it says so and passes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdkJson from '../cdk.json' with { type: 'json' };
import { addEnvironments } from '../lib/app.ts';
import { environments } from '../lib/config.ts';

const version = '1.58.0';

/** Findings of cfn-lint that are none here, with the reason. */
const ignored = {
  W3010: 'zones are written down so that synthesis asks no account (lib/regions.ts)',
  W3005: 'an explicit order that a reference implies too does no harm, and says what was meant',
} as const;

const home = join(import.meta.dirname, '..', 'node_modules', '.cache', 'event-bus', `cfn-lint-${version}`);
const linter = join(home, 'bin', 'cfn-lint');

function run(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** Whether cfn-lint is there, fetched if need be. */
function installed(): boolean {
  const marker = join(home, 'installed');
  if (existsSync(marker)) return true;
  process.stdout.write(`fetching cfn-lint ${version} from PyPI\n`);
  const made = run('python3', ['-m', 'venv', '--clear', home]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `cfn-lint==${version}`];
  if (!made || !run(join(home, 'bin', 'python'), pip)) return false;
  writeFileSync(marker, '');
  return true;
}

/** Templates of every environment by region. */
function synthesise(outdir: string): ReadonlyMap<string, readonly string[]> {
  const app = new App({ outdir, context: { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] } });
  addEnvironments(app, Object.values(environments));
  app.synth();
  const templates = new Map<string, string[]>();
  for (const { name, primary, replica } of Object.values(environments)) {
    for (const { region } of replica === undefined ? [primary] : [primary, replica]) {
      const folder = join(outdir, `assembly-event-bus-${name}-${region}`);
      const files = readdirSync(folder).filter((file) => file.endsWith('.template.json'));
      templates.set(region, [...(templates.get(region) ?? []), ...files.map((file) => join(folder, file))]);
    }
  }
  return templates;
}

function lint(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-lint-'));
  try {
    return [...synthesise(folder)].every(([region, files]) => {
      process.stdout.write(`cfn-lint: ${files.length} templates for ${region}\n`);
      return run(linter, ['--regions', region, '--ignore-checks', ...Object.keys(ignored), '--', ...files]);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (spawnSync('python3', ['--version']).status !== 0) {
  process.stdout.write('cfn-lint was not run: there is no python3 on the PATH\n');
} else if (!installed()) {
  process.stderr.write('cfn-lint could not be installed; its message is above. Check the network and python3-venv\n');
  process.exitCode = 1;
} else if (!lint()) {
  process.stderr.write('cfn-lint found something in the templates; see above\n');
  process.exitCode = 1;
}
