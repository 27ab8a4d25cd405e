import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { alterConfigsApi, incrementalAlterConfigsApi } from '../../../src/local/kafka/apis/alter-configs.ts';
import { createPartitionsApi } from '../../../src/local/kafka/apis/create-partitions.ts';
import { createTopicsApi } from '../../../src/local/kafka/apis/create-topics.ts';
import { deleteTopicsApi } from '../../../src/local/kafka/apis/delete-topics.ts';
import { describeClusterApi } from '../../../src/local/kafka/apis/describe-cluster.ts';
import { describeConfigsApi } from '../../../src/local/kafka/apis/describe-configs.ts';
import { findCoordinatorApi } from '../../../src/local/kafka/apis/find-coordinator.ts';
import { metadataApi } from '../../../src/local/kafka/apis/metadata.ts';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import type { ValueOf } from '../../../src/local/kafka/protocol/schema.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { createTopic, fetchPartition, produceTexts, recordsIn } from './requests.ts';

let kafka: BrokerUnderTest;

beforeEach(async () => {
  kafka = await brokerUnderTest({ settings: { maxPartitions: 50 } });
});

afterEach(() => kafka.close());

const zero = '00000000-0000-0000-0000-000000000000';
const named = (name: string | null, topicId = zero) => ({ name, topicId });
const metadataOf = (names: readonly string[] | null, allowAutoTopicCreation = true) =>
  kafka.client.call(metadataApi, {
    topics: names === null ? null : names.map((name) => named(name)),
    allowAutoTopicCreation,
  });

describe('metadata', () => {
  test('names the one broker by the address the client used, and every topic', async () => {
    const { topicId } = await createTopic(kafka.client, 'events', { partitions: 2 });
    for (let version = 0; version <= metadataApi.maxVersion; version++) {
      const answer = await kafka.client.call(metadataApi, { topics: version === 0 ? [] : null }, version);
      expect(answer.brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: kafka.broker.port, rack: null }]);
      expect(answer.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['events', 2]]);
      expect(answer.topics[0]!.partitions[1]).toMatchObject({ index: 1, leaderId: 1, isrNodes: [1] });
    }
    const byId = await kafka.client.call(metadataApi, { topics: [named(null, topicId)] });
    expect(byId.topics[0]).toMatchObject({ errorCode: 0, name: 'events' });
    const lost = await kafka.client.call(metadataApi, { topics: [named(null, topicId.replaceAll(/[0-9a-f]/g, '1'))] });
    expect(lost.topics[0]).toMatchObject({ errorCode: wireError.unknownTopicId, name: null });
    expect((await kafka.client.call(metadataApi, { topics: [] })).topics).toEqual([]);
  });

  test('does not make topics unless the broker was told to', async () => {
    expect((await metadataOf(['wished'])).topics[0]).toMatchObject({ errorCode: wireError.unknownTopicOrPartition });
    expect((await metadataOf(['not/allowed'])).topics[0]).toMatchObject({ errorCode: wireError.invalidTopic });
    const willing = await brokerUnderTest({ settings: { autoCreateTopics: true, defaultPartitions: 3 } });
    const ask = (allowAutoTopicCreation: boolean) =>
      willing.client.call(metadataApi, { topics: [named('wished')], allowAutoTopicCreation });
    expect((await ask(false)).topics[0]).toMatchObject({ errorCode: wireError.unknownTopicOrPartition });
    expect((await ask(true)).topics[0]).toMatchObject({ errorCode: 0, partitions: { length: 3 } });
    await willing.close();
  });

  test('gives the advertised address when there is one', async () => {
    const elsewhere = await brokerUnderTest({ advertised: { host: 'kafka.test', port: 1234 } });
    const { brokers } = await elsewhere.client.call(metadataApi, { topics: [] });
    expect(brokers).toEqual([{ nodeId: 1, host: 'kafka.test', port: 1234, rack: null }]);
    await elsewhere.close();
  });
});

describe('the cluster', () => {
  test('is described, and is the coordinator of every group and of no transaction', async () => {
    const place = { host: '127.0.0.1', port: kafka.broker.port };
    const described = await kafka.client.call(describeClusterApi, {});
    expect(described).toMatchObject({ errorCode: 0, controllerId: 1, brokers: [{ id: 1, ...place }] });
    expect(described.clusterId).toHaveLength(22);
    expect(await kafka.client.call(describeClusterApi, { endpointType: 2 })).toMatchObject({
      errorCode: wireError.unsupportedEndpointType,
    });
    const many = await kafka.client.call(findCoordinatorApi, { keyType: 0, keys: ['a', 'b'] });
    expect(many.coordinators).toMatchObject([
      { key: 'a', nodeId: 1, errorCode: 0, ...place },
      { key: 'b', nodeId: 1, errorCode: 0, ...place },
    ]);
    for (let version = 0; version <= 3; version++) {
      const one = await kafka.client.call(findCoordinatorApi, { key: 'a' }, version);
      expect(one).toMatchObject({ errorCode: 0, nodeId: 1, ...place });
    }
    const transaction = await kafka.client.call(findCoordinatorApi, { keyType: 1, keys: ['t'] });
    expect(transaction.coordinators[0]).toMatchObject({ errorCode: wireError.invalidRequest });
  });
});

type NewTopic = ValueOf<typeof createTopicsApi.request>['topics'][number];

describe('making topics', () => {
  const wish: NewTopic = { name: 'wish', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const make = async (topic: Partial<NewTopic>, validateOnly = false) => {
    const request = { topics: [{ ...wish, ...topic }], timeoutMs: 1_000, validateOnly };
    return (await kafka.client.call(createTopicsApi, request)).topics[0]!;
  };

  test('says what is wrong with a wish', async () => {
    await createTopic(kafka.client, 'there');
    const cases: readonly (readonly [Parameters<typeof make>[0], number, string])[] = [
      [{ name: 'there' }, wireError.topicAlreadyExists, 'there'],
      [{ name: 'a b' }, wireError.invalidTopic, 'letters'],
      [{ name: '..' }, wireError.invalidTopic, 'letters'],
      [{ numPartitions: 0 }, wireError.invalidPartitions, 'at least 1'],
      [{ numPartitions: 51 }, wireError.policyViolation, 'room for 49'],
      [{ replicationFactor: 3 }, wireError.invalidReplicationFactor, 'one broker'],
      [{ configs: [{ name: 'retention.ms', value: 'soon' }] }, wireError.invalidConfig, '"soon"'],
      [{ configs: [{ name: 'cleanup.policy', value: 'burn' }] }, wireError.invalidConfig, 'delete, compact'],
      [{ configs: [{ name: 'no.such', value: '1' }] }, wireError.invalidConfig, 'no.such'],
      [{ configs: [{ name: 'retention.ms', value: null }] }, wireError.invalidConfig, 'no value'],
    ];
    for (const [topic, errorCode, words] of cases) {
      expect(await make(topic)).toMatchObject({ errorCode, errorMessage: expect.stringContaining(words) });
    }
    expect((await metadataOf(null)).topics.map(({ name }) => name)).toEqual(['there']);
  });

  test('can only check, takes assignments to the one broker, and defaults', async () => {
    expect(await make({}, true)).toMatchObject({ errorCode: 0, topicId: zero });
    expect((await metadataOf(null)).topics).toEqual([]);
    const assignments = [0, 1].map((partition) => ({ partition, brokerIds: [1] }));
    expect(await make({ numPartitions: -1, replicationFactor: -1, assignments })).toMatchObject({ numPartitions: 2 });
    expect(await make({ name: 'standard', numPartitions: -1, replicationFactor: -1 })).toMatchObject({
      errorCode: 0,
      numPartitions: 1,
    });
    const elsewhere = [{ partition: 0, brokerIds: [2] }];
    expect(await make({ name: 'off', numPartitions: -1, replicationFactor: -1, assignments: elsewhere })).toMatchObject(
      { errorCode: wireError.invalidReplicaAssignment },
    );
    const twice = await kafka.client.call(createTopicsApi, {
      topics: [
        { ...wish, name: 'x' },
        { ...wish, name: 'x' },
      ],
    });
    expect(twice.topics).toMatchObject([{ name: 'x', errorCode: wireError.invalidRequest }]);
  });
});

describe('changing topics', () => {
  test('adds partitions, never removes any', async () => {
    await createTopic(kafka.client, 'events', { partitions: 2 });
    const grow = async (count: number, name = 'events') =>
      (await kafka.client.call(createPartitionsApi, { topics: [{ name, count, assignments: null }] })).topics[0]!;
    await produceTexts(kafka.client, ['kept'], { partition: 1 });
    expect(await grow(4)).toMatchObject({ errorCode: 0 });
    expect(await grow(3)).toMatchObject({ errorCode: wireError.invalidPartitions });
    expect(await grow(500)).toMatchObject({ errorCode: wireError.policyViolation });
    expect(await grow(2, 'nowhere')).toMatchObject({ errorCode: wireError.unknownTopicOrPartition });
    await kafka.restart();
    expect(await produceTexts(kafka.client, ['new'], { partition: 3 })).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(recordsIn((await fetchPartition(kafka.client, { partition: 1 })).records)).toHaveLength(1);
  });

  test('deletes a topic with its records; its name is free at once, a waiting fetch is answered', async () => {
    await createTopic(kafka.client, 'events');
    await produceTexts(kafka.client, ['gone']);
    const waiting = fetchPartition(await kafka.connect(), { offset: 1, maxWaitMs: 10_000 });
    await sleep(20);
    const remove = async (topic: ReturnType<typeof named>, version?: number) => {
      const request = { topics: [topic], topicNames: [topic.name ?? ''], timeoutMs: 1_000 };
      return (await kafka.client.call(deleteTopicsApi, request, version)).topics[0]!;
    };
    expect(await remove(named('events'))).toMatchObject({ errorCode: 0, name: 'events' });
    expect(await waiting).toMatchObject({ errorCode: wireError.unknownTopicOrPartition });
    expect(await remove(named('events'))).toMatchObject({ errorCode: wireError.unknownTopicOrPartition });
    const { topicId } = await createTopic(kafka.client, 'events');
    expect(await produceTexts(kafka.client, ['new'])).toMatchObject({ baseOffset: 0 });
    await kafka.broker.retain();
    expect(recordsIn((await fetchPartition(kafka.client)).records)).toHaveLength(1);
    expect(await remove(named(null, topicId))).toMatchObject({ errorCode: 0, name: 'events' });
    await createTopic(kafka.client, 'again');
    for (let version = 0; version < 6; version++) {
      expect((await remove(named('again'), version)).errorCode).toBe(version === 0 ? 0 : 3);
    }
  });

  test('changes configurations one by one, keeps them over a restart, and says where each value comes from', async () => {
    await createTopic(kafka.client, 'events', { configs: { 'retention.ms': '1000' } });
    const alter = async (configs: readonly { name: string; operation: number; value: string | null }[]) => {
      const resources = [{ type: 2, name: 'events', configs }];
      return (await kafka.client.call(incrementalAlterConfigsApi, { resources })).resources[0]!;
    };
    expect(await alter([{ name: 'cleanup.policy', operation: 2, value: 'compact' }])).toMatchObject({ errorCode: 0 });
    expect(await alter([{ name: 'retention.ms', operation: 1, value: null }])).toMatchObject({ errorCode: 0 });
    expect(await alter([{ name: 'retention.ms', operation: 2, value: '1' }])).toMatchObject({
      errorCode: wireError.invalidConfig,
    });
    expect(await alter([{ name: 'cleanup.policy', operation: 0, value: 'burn' }])).toMatchObject({
      errorCode: wireError.invalidConfig,
    });
    await kafka.restart();
    const resources = [{ type: 2, name: 'events', keys: ['cleanup.policy', 'retention.ms'] }];
    for (let version = 0; version <= describeConfigsApi.maxVersion; version++) {
      const answer = await kafka.client.call(describeConfigsApi, { resources }, version);
      expect(answer.resources[0]!.configs.map(({ name, value }) => `${name}=${value}`)).toEqual([
        'cleanup.policy=delete,compact',
        'retention.ms=604800000',
      ]);
    }
    const whole = { type: 2, name: 'events', configs: [{ name: 'retention.ms', value: '5' }] };
    await kafka.client.call(alterConfigsApi, { resources: [whole], validateOnly: false });
    const { resources: after } = await kafka.client.call(describeConfigsApi, { resources, includeSynonyms: true });
    expect(after[0]!.configs.map(({ value, configSource }) => [value, configSource])).toEqual([
      ['delete', 5],
      ['5', 1],
    ]);
  });

  test('describes the settings of the broker and refuses to change them', async () => {
    const described = await kafka.client.call(describeConfigsApi, {
      resources: [
        { type: 4, name: '1', keys: ['auto.create.topics.enable'] },
        { type: 4, name: '9', keys: null },
        { type: 2, name: 'nowhere', keys: null },
      ],
    });
    expect(described.resources.map(({ errorCode }) => errorCode)).toEqual([
      0,
      wireError.invalidRequest,
      wireError.unknownTopicOrPartition,
    ]);
    expect(described.resources[0]!.configs[0]).toMatchObject({ value: 'false', readOnly: true });
    const change = { name: 'num.partitions', operation: 0, value: '4' };
    const altered = await kafka.client.call(incrementalAlterConfigsApi, {
      resources: [{ type: 4, name: '1', configs: [change] }],
    });
    expect(altered.resources[0]).toMatchObject({ errorCode: wireError.invalidRequest });
  });
});
