import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../../lib/config.ts';
import { encodeTopicConfigs, topicConfigs } from '../../../lib/constructs/topic-configs.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Topic } from '../../../src/catalogue/model.ts';
import { busStacks } from '../bus-stacks.ts';
import { waitsFor } from '../template-order.ts';

const { dev, prod, 'prod-eu': prodEu } = environments;
const added: Topic = {
  ...catalogue.topics[0],
  name: 'fleet.added.v1',
  archive: true,
  retentionMs: 10 * 365 * 86_400_000,
};
const withOneMore = { ...catalogue, topics: [...catalogue.topics, added] };
const standard = busStacks(dev, withOneMore);
const standardTemplate = standard.templateOf(standard.eventBus);
const express = busStacks(prod);
const expressTemplate = express.templateOf(express.eventBus);

interface TopicResource {
  readonly id: string;
  readonly name: string;
  readonly partitions: number;
  readonly copies: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly deletionPolicy: string;
}

function topicsIn(template: Template): readonly TopicResource[] {
  return Object.entries(template.findResources('AWS::MSK::Topic')).map(([id, { Properties, DeletionPolicy }]) => ({
    id,
    name: Properties.TopicName,
    partitions: Properties.PartitionCount,
    copies: Properties.ReplicationFactor,
    configs: decoded(Properties.Configs),
    deletionPolicy: DeletionPolicy,
  }));
}

function decoded(configs: string): Readonly<Record<string, string>> {
  const lines = Buffer.from(configs, 'base64').toString('utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=')));
}

const named = (template: Template, name: string) => topicsIn(template).find((topic) => topic.name === name);

describe('topics of an environment', () => {
  test('are those of the catalogue, with three copies, and stay when their resource goes', () => {
    const expected = catalogue.topics.map(({ name, partitions }) => ({
      name,
      partitions,
      copies: 3,
      deletionPolicy: 'Retain',
    }));
    const found = topicsIn(expressTemplate).map(({ name, partitions, copies, deletionPolicy }) => ({
      name,
      partitions,
      copies,
      deletionPolicy,
    }));
    expect(found).toEqual(expected);
  });

  test('follow the catalogue with no change here: one topic more is one resource more', () => {
    expect(topicsIn(standardTemplate)).toHaveLength(catalogue.topics.length + 1);
    expect(named(standardTemplate, 'fleet.added.v1')?.partitions).toBe(added.partitions);
  });

  test('keep on the cluster what it can afford, where the lake keeps the rest', () => {
    expect(named(standardTemplate, 'fleet.added.v1')?.configs['retention.ms']).toBe(String(dev.cluster.maxRetentionMs));
    expect(named(standardTemplate, 'order-events')?.configs['retention.ms']).toBe('604800000');
  });

  test('trap 2: are given no setting that Express keeps from change', () => {
    const protectedOnExpress = ['min.insync.replicas', 'unclean.leader.election.enable', 'segment.bytes', 'segment.ms'];
    const names = topicsIn(expressTemplate).flatMap(({ configs }) => Object.keys(configs));
    expect(names.filter((name) => protectedOnExpress.includes(name))).toEqual([]);
    expect(named(standardTemplate, 'order-events')?.configs['min.insync.replicas']).toBe('2');
  });

  test('take records of any age, which Express refuses after a day unless told otherwise', () => {
    const ages = topicsIn(expressTemplate).map(({ configs }) => configs['message.timestamp.before.max.ms']);
    expect(new Set(ages)).toEqual(new Set(['9223372036854775807']));
  });

  test('trap 5: are made one after the other within a domain, and domains side by side', () => {
    const ids = (domain: string) =>
      catalogue.topics
        .filter((topic) => topic.domain === domain)
        .map(({ name }) => named(expressTemplate, name)?.id ?? name);
    const commerce = ids('commerce');
    expect(commerce.slice(1).map((id, index) => waitsFor(expressTemplate, id, commerce[index] ?? ''))).toEqual(
      commerce.slice(1).map(() => true),
    );
    const [wind = '', fleet = ''] = [ids('wind').at(-1), ids('fleet')[0]];
    expect(waitsFor(expressTemplate, wind, fleet)).toBe(false);
  });

  test('are in a replica only those that nothing copies there', () => {
    const { replica } = prodEu;
    if (replica === undefined) throw new Error('prod-eu has a replica');
    const copy = busStacks(prodEu, undefined, replica);
    const notCopied = catalogue.topics.filter(({ replication }) => replication === 'none').map(({ name }) => name);
    expect(topicsIn(copy.templateOf(copy.eventBus)).map(({ name }) => name)).toEqual(notCopied);
  });
});

describe('settings of a topic', () => {
  test('are lines of a properties file in Base64', () => {
    expect(encodeTopicConfigs({ 'cleanup.policy': 'compact' })).toBe('Y2xlYW51cC5wb2xpY3k9Y29tcGFjdA==');
    expect(Buffer.from(encodeTopicConfigs({ a: '1', b: '2' }), 'base64').toString()).toBe('a=1\nb=2');
  });

  test('leave the compression of producers as it is, and compact what the catalogue compacts', () => {
    const inventory = catalogue.topics.find(({ name }) => name === 'veh.inventory.updates');
    if (inventory === undefined) throw new Error('the catalogue has no veh.inventory.updates');
    expect(topicConfigs(inventory, prod.cluster)).toMatchObject({
      'cleanup.policy': inventory.cleanup,
      'compression.type': 'producer',
    });
  });
});
