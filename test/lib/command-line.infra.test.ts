import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { App, type IPolicyValidationPlugin, Stack, Stage, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import packageJson from '../../package.json' with { type: 'json' };
import { temporaryDirectory } from '../make/temporary-directory.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = temporaryDirectory();
afterAll(() => folder.remove());

const refuses: IPolicyValidationPlugin = {
  name: 'refuses',
  validate: () => ({
    success: false,
    violations: [
      { ruleName: 'never', description: 'never good enough', severity: 'error', violatingResources: [queue] },
    ],
  }),
};
const queue = { constructPath: 'stage/stack/Queue/Resource', locations: [] };

/** An assembly with one stage and one stack; with a plug-in, what it finds is left to the command line to report. */
function assembly(name: string, ...plugins: readonly IPolicyValidationPlugin[]): string {
  const outdir = join(folder.path, name);
  const app = new App({ outdir, context: { '@aws-cdk/core:failSynthOnValidationErrors': false } });
  Validations.of(app).addPlugins(...plugins);
  const stage = new Stage(app, 'stage', { env: { region: 'eu-central-1' } });
  const made = new Queue(new Stack(stage, 'stack'), 'Queue');
  expect(made.node.defaultChild?.node.path).toBe(queue.constructPath);
  app.synth();
  return outdir;
}

const cdk = (...words: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'), ...words], {
    cwd: folder.path,
    encoding: 'utf8',
    env: { ...process.env, HOME: folder.path },
  });

test('trap 1: the command line is pinned to a version that reads the assemblies of the pinned library', () => {
  const { 'aws-cdk': version, 'aws-cdk-lib': library } = packageJson.devDependencies;
  expect([version, library]).toEqual([expect.stringMatching(/^2\.\d+\.\d+$/), expect.stringMatching(/^2\.\d+\.\d+$/)]);
  const { stdout, stderr, status } = cdk('list', '--app', assembly('plain'));
  expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: 'stage/stack (stage-stack)\n' });
});

test('a finding ends `cdk synth` with an error when stacks are selected, as npm run synth does', () => {
  const { stderr, status } = cdk('synth', '**', '--quiet', '--strict', '--app', assembly('refused', refuses));
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('never good enough') });
});
