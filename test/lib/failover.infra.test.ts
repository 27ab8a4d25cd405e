import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Stage } from 'aws-cdk-lib';
import { addEnvironments } from '../../lib/app.ts';
import { parseTemplate, type Template } from '../../lib/checks/template.ts';
import { chosenEnvironments } from '../../lib/chosen-environments.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { type Assembly, synthesise } from './assembly.ts';
import { makeTestApp } from './synthesise.ts';

const [lost, taking] = ['event-bus-prod-eu-eu-central-1', 'event-bus-prod-eu-eu-west-1'];
const folder = temporaryDirectory();
afterAll(() => folder.remove());

type Templates = ReadonlyMap<string, Template>;

const serving = (role: unknown) => chosenEnvironments({ environment: 'prod-eu', region: undefined, serving: role });

/** Templates as they are built, which the checks of another test have judged. */
function unjudged(): Templates {
  const app = makeTestApp();
  addEnvironments(app, serving('primary'));
  const stacks = app.node.children.filter(Stage.isStage).flatMap((stage) => stage.synth().stacks);
  return new Map(stacks.map(({ stackName, template }) => [stackName, parseTemplate(JSON.stringify(template))]));
}

const stacksAt = (templates: Templates, stage: string) =>
  [...templates.keys()].filter((name) => name.startsWith(stage)).map((name) => name.slice(stage.length + 1));

const resourcesOf = (templates: Templates, stack: string) =>
  (templates.get(`${taking}-${stack}`)?.resources ?? []).map(({ id, type, properties }) => ({ id, type, properties }));

const typesOf = (templates: Templates, stack: string) => resourcesOf(templates, stack).map(({ type }) => type);

/** Properties of the Replicator of a stage. */
const linkAt = (templates: Templates, stage: string) =>
  templates.get(`${stage}-region-link`)?.resources.find(({ type }) => type === 'AWS::MSK::Replicator')?.properties;

/** What holds data or is known by its address. */
const holding = (templates: Templates) =>
  ['operational-database', 'event-bus', 'lake']
    .flatMap((stack) => resourcesOf(templates, stack))
    .filter(({ type }) => /::(DBCluster|DBInstance|DBProxy|Cluster|Topic|Bucket)$/.test(type));

describe('an environment that serves from its second region', () => {
  let before: Templates;
  let after: Assembly;
  beforeAll(() => {
    before = unjudged();
    after = synthesise(join(folder.path, 'after'), ...serving('replica'));
  }, 240_000);

  test('is synthesised without a finding, residency included', () => {
    expect(after.findings.map(({ rule, constructs }) => `${rule} ${constructs.join(' ')}`)).toEqual([]);
  });

  test('has there whatever the first region had, and none of it is left in the other', () => {
    expect(stacksAt(after.templates, taking).toSorted()).toEqual(stacksAt(before, lost).toSorted());
    expect(stacksAt(after.templates, lost).toSorted()).toEqual(stacksAt(before, taking).toSorted());
    expect(stacksAt(after.templates, taking)).not.toContain('region-link');
    expect(stacksAt(after.templates, lost)).not.toContain('processing');
  });

  test('has the way back: a link from where the traffic is now, of the same topics', () => {
    const [there, back] = [linkAt(before, taking), linkAt(after.templates, lost)];
    expect(there?.['ReplicatorName']).toBe('event-bus-prod-eu-from-eu-central-1');
    expect(back?.['ReplicatorName']).toBe('event-bus-prod-eu-from-eu-west-1');
    expect(JSON.stringify(back?.['KafkaClusters'])).toContain('eu-west-1-event-bus');
    const topics = (link: typeof back) => /"TopicsToReplicate":\[[^\]]*\]/.exec(JSON.stringify(link))?.[0];
    expect(topics(back)).toBe(topics(there));
    expect(topics(back)).toContain('alerts');
  });

  test('needs no value of the lost region but the schema ids that it already has', () => {
    const asking = [...after.templates].filter(
      ([name, template]) => name.startsWith(taking) && JSON.stringify(template).includes('eu-central-1'),
    );
    expect(asking.map(([name]) => name)).toEqual([`${taking}-registry`]);
    expect(resourcesOf(after.templates, 'registry')).toEqual(resourcesOf(before, 'registry'));
  });

  test('has its stacks deployed by the runbook one by one, but the one whose source is lost', () => {
    const runbook = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
    const [, section = ''] = /^## Region failover$(.*?)^## /ms.exec(runbook) ?? [];
    const deployed = new Set([...section.matchAll(/\$S\/([a-z-]+)/g)].map(([, stack = '']) => stack));
    const standing = stacksAt(after.templates, taking).filter((stack) => stack !== 'registry');
    expect([...deployed].toSorted()).toEqual(standing.toSorted());
  });

  test('changes nothing that holds data: what is taken over is what was copied to', () => {
    expect(holding(after.templates).length).toBeGreaterThan(10);
    expect(holding(after.templates)).toEqual(holding(before));
  });

  test('migrates the database there, which can be written to now', () => {
    expect(typesOf(before, 'operational-database')).not.toContain('Custom::Trigger');
    expect(typesOf(after.templates, 'operational-database')).toContain('Custom::Trigger');
  });

  test('copies snapshots of the warehouse to no region that is lost', () => {
    const [namespace] = resourcesOf(after.templates, 'warehouse').filter(({ type }) => type.endsWith('::Namespace'));
    expect(namespace).toBeDefined();
    expect(namespace?.properties).not.toHaveProperty('SnapshotCopyConfigurations');
  });
});

describe('the choice of the region that serves', () => {
  test.each([
    ['prod-eu', 'both', 'unknown role "both" for -c serving; allowed are primary and replica'],
    ['prod', 'replica', 'prod has no second region'],
    [undefined, 'replica', '-c serving needs -c environment'],
  ])('is refused for environment %s and role %s', (environment, role, message) => {
    expect(() => chosenEnvironments({ environment, region: undefined, serving: role })).toThrow(message);
  });

  test('is the primary, said or unsaid', () => {
    expect(serving('primary')).toEqual([{ ...serving(undefined)[0], serving: 'primary' }]);
  });
});
