import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { templateLimits } from '../../lib/checks/rules/template-size.ts';
import { environments, inRegion } from '../../lib/config.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { type Assembly, environmentNames, synthesise } from './assembly.ts';

const folder = temporaryDirectory();
afterAll(() => folder.remove());

/** An environment is synthesised in a few seconds; a busy machine may need longer. */
const synthesisTimeoutMs = 120_000;

describe.each(environmentNames)('%s', (name) => {
  let assembly: Assembly;
  beforeAll(() => {
    assembly = synthesise(join(folder.path, name), environments[name]);
  }, synthesisTimeoutMs);

  test('is synthesised without a finding or a warning that nobody explained', () => {
    const lines = assembly.findings.map(
      ({ rule, description, constructs }) => `${rule} ${constructs.join(' ')} ${description}`,
    );
    expect(lines).toEqual([]);
  });

  test('explains away neither values that are in no enumeration nor runtimes at their end (W3030, W2531)', () => {
    const rules = [...assembly.findings, ...assembly.silenced].map(({ rule }) => rule);
    expect(rules.filter((rule) => /W3030|W2531/.test(rule))).toEqual([]);
  });

  test('keeps every template below the limits of CloudFormation', () => {
    const sizes = [...assembly.templates].map(([stack, { resources, bytes }]) => ({
      stack,
      resources: resources.length,
      bytes,
    }));
    process.stdout.write(
      `${sizes.map(({ stack, resources, bytes }) => `${stack}: ${resources} resources, ${bytes} bytes`).join('\n')}\n`,
    );
    expect(sizes.filter(({ resources }) => resources > templateLimits.resources)).toEqual([]);
    expect(sizes.filter(({ bytes }) => bytes > templateLimits.bytes)).toEqual([]);
  });
});

test(
  'an EU environment that is moved to London is refused for its stacks, with what they carry',
  () => {
    const { findings } = synthesise(join(folder.path, 'london'), inRegion(environments['prod-eu'], 'eu-west-2'));
    const stacks = findings.filter(({ rule }) => rule === 'residency-stack');
    expect(stacks.length).toBeGreaterThan(1);
    expect(stacks.map(({ severity }) => severity)).toEqual(stacks.map(() => 'fatal'));
    expect(stacks[0]?.description).toMatch(/^the stack is for eu-west-2 \(uk\), outside eu: eu-central-1/);
  },
  synthesisTimeoutMs,
);
