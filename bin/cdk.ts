// `npm run synth|diff|deploy|destroy -- ENVIRONMENT [CDK OPTION …]`: the pinned CDK command line for one environment.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { chosenEnvironments } from '../lib/chosen-environments.ts';

const [verb = '', environment = '', ...options] = process.argv.slice(2);
const flags: Readonly<Record<string, readonly string[]>> = {
  // Without a selection the command line looks at no stack of a stage, and passes whatever the checks found.
  synth: ['**', '--quiet', '--strict'],
  diff: ['**'],
  deploy: ['**', '--strict', '--require-approval', 'broadening'],
  destroy: ['**'],
};

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const verbFlags = flags[verb] ?? fail(`unknown verb ${JSON.stringify(verb)}; use ${Object.keys(flags).join(', ')}`);
try {
  chosenEnvironments({ environment, region: undefined });
} catch (error) {
  fail(`${error instanceof Error ? error.message : String(error)}\nUsage: npm run ${verb} -- ENVIRONMENT`);
}
const cdk = join(import.meta.dirname, '..', 'node_modules', 'aws-cdk', 'bin', 'cdk');
const { status } = spawnSync(
  process.execPath,
  [cdk, verb, ...verbFlags, '--context', `environment=${environment}`, ...options],
  { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' },
);
process.exit(status ?? 1);
