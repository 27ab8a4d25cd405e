import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { templateLimits } from '../../lib/checks/rules/template-size.ts';
import { type EnvironmentName, environments, inRegion } from '../../lib/config.ts';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { acknowledgementsOf, silencedFindings, useless } from './acknowledgements.ts';
import { type Assembly, environmentNames, synthesise } from './assembly.ts';
import { compactView } from './compact-view.ts';
import { expectToMatchFile, snapshotFolder } from './snapshot-file.ts';
import { statefulResources } from './stateful-resources.ts';

const folder = temporaryDirectory();
afterAll(() => folder.remove());

/** An environment is synthesised in a few seconds; a busy machine may need longer. */
const synthesisTimeoutMs = 120_000;

const assemblies = new Map<EnvironmentName, Assembly>();

/** Synthesised once for all tests of this file. */
function assemblyOf(name: EnvironmentName): Assembly {
  const known = assemblies.get(name) ?? synthesise(join(folder.path, name), environments[name]);
  assemblies.set(name, known);
  return known;
}

const everyAcknowledgement = () => environmentNames.flatMap((name) => acknowledgementsOf(assemblyOf(name).app));

describe.each(environmentNames)('%s', (name) => {
  let assembly: Assembly;
  beforeAll(() => {
    assembly = assemblyOf(name);
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

describe('the acknowledgements of all environments', () => {
  /** Reasons that a reviewer has read. Whoever writes one more changes this number, and shows the reason beside it. */
  const reviewedReasons = 61;

  /** What constructs of the library acknowledge for themselves. */
  const ofTheLibrary = ['CloudFormation-Validate::F3002', 'CloudFormation-Validate::F3003'];

  test(
    'are counted, and printed with their reasons',
    () => {
      const reasons = new Map<string, { places: number; readonly rules: Set<string> }>();
      for (const { reason, rules } of everyAcknowledgement()) {
        const known = reasons.get(reason) ?? { places: 0, rules: new Set<string>() };
        known.places += 1;
        // Findings of one rule differ by what stands in brackets.
        for (const rule of rules) known.rules.add(rule.replace(/\[.*/s, ''));
        reasons.set(reason, known);
      }
      const lines = [...reasons].map(
        ([reason, { places, rules }]) => `${places} × ${[...rules].join(', ')}: ${reason}`,
      );
      process.stdout.write(`${lines.join('\n')}\n`);
      expect(lines).toHaveLength(reviewedReasons);
    },
    synthesisTimeoutMs,
  );

  test('say why in more than a few words', () => {
    const short = everyAcknowledgement().filter(({ reason }) => reason.length < 40);
    expect(short.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([]);
  });

  test('answer a finding: what nobody reports needs no reason', () => {
    const idle = environmentNames.flatMap((name) => {
      const { app, silenced } = assemblyOf(name);
      return useless(acknowledgementsOf(app), silencedFindings(app, silenced));
    });
    const ours = idle.filter(({ rules }) => !rules.every((rule) => ofTheLibrary.includes(rule)));
    expect(ours.map(({ path, rules }) => `${path}: ${rules.join(', ')}`)).toEqual([]);
  });
});

describe('the stacks of an environment of two regions', () => {
  const names = {
    topics: catalogue.topics.map(({ name }) => name),
    consumers: catalogue.consumers.map(({ name }) => name),
  };

  test(
    'are those of the snapshots, one file each',
    () => {
      const { templates } = assemblyOf('prod-eu');
      for (const stack of templates.keys()) {
        const view = compactView(templates, stack, names);
        expect(view.split('\n').length).toBeLessThan(500);
        expectToMatchFile(`${stack}.txt`, view);
      }
      const files = readdirSync(snapshotFolder).filter((name) => name.startsWith('event-bus-'));
      expect(files.sort()).toEqual([...templates.keys()].map((stack) => `${stack}.txt`).sort());
    },
    synthesisTimeoutMs,
  );

  test('trap 22: keep the logical ids of everything that holds data, so that nothing is made anew beside it', () => {
    const now = statefulResources(assemblyOf('prod-eu').templates);
    const frozen = readFileSync(join(snapshotFolder, 'frozen-logical-ids.txt'), 'utf8').trimEnd().split('\n');
    // An id that is gone is a resource that is deleted or orphaned. A new one is added to the file, in its place.
    expect(frozen.filter((line) => !now.includes(line))).toEqual([]);
    expect(now.filter((line) => !frozen.includes(line))).toEqual([]);
  });

  test('trap 22: are synthesised without asking any account for zones or anything else', () => {
    expect(assemblyOf('prod-eu').missing).toEqual([]);
  });
});

test(
  'an EU environment that is moved to London is refused for its stacks, with what they carry',
  () => {
    const { findings } = synthesise(join(folder.path, 'london'), inRegion(environments['prod-eu'], 'eu-west-2'));
    const stacks = findings.filter(({ rule }) => rule === 'residency-stack');
    expect(stacks.length).toBeGreaterThan(1);
    expect(stacks.map(({ severity }) => severity)).toEqual(stacks.map(() => 'fatal'));
    expect(stacks.map(({ description }) => description)).toContainEqual(
      expect.stringMatching(/^the stack is for eu-west-2 \(uk\), outside eu: .*carrying personal data of /),
    );
  },
  synthesisTimeoutMs,
);
