// `npm run synth|diff|deploy|destroy -- ENVIRONMENT [CDK OPTION …]`: the pinned CDK command line for one environment.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { capacityOfEnvironment, capacityTable } from '../lib/checks/capacity/capacity-page.ts';
import { chosenEnvironments } from '../lib/chosen-environments.ts';
import type { EnvironmentConfig } from '../lib/config.ts';
import { catalogue } from '../src/catalogue/catalogue.ts';

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

function chosen(): readonly EnvironmentConfig[] {
  try {
    return chosenEnvironments({ environment, region: undefined });
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\nUsage: npm run ${verb} -- ENVIRONMENT`);
  }
}

const verbFlags = flags[verb] ?? fail(`unknown verb ${JSON.stringify(verb)}; use ${Object.keys(flags).join(', ')}`);
const configs = chosen();
const cdk = join(import.meta.dirname, '..', 'node_modules', 'aws-cdk', 'bin', 'cdk');
const { status } = spawnSync(
  process.execPath,
  [cdk, verb, ...verbFlags, '--context', `environment=${environment}`, ...options],
  { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' },
);
if (verb === 'synth' && status === 0) {
  for (const config of configs) process.stdout.write(`${capacityTable(capacityOfEnvironment(config, catalogue))}\n`);
}
process.exit(status ?? 1);
