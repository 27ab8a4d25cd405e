import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteTopicsApi } from '../../../src/local/kafka/apis/delete-topics.ts';
import { deleteGroupsApi, describeGroupsApi, listGroupsApi } from '../../../src/local/kafka/apis/group-admin.ts';
import { offsetCommitApi, offsetDeleteApi, offsetFetchApi } from '../../../src/local/kafka/apis/group-offsets.ts';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { Writer } from '../../../src/local/kafka/protocol/writer.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { type GroupMember, groupMember } from './group-member.ts';
import { createTopic } from './requests.ts';

let kafka: BrokerUnderTest;

beforeEach(async () => {
  kafka = await brokerUnderTest({ topics: ['events'], settings: { initialRebalanceDelayMs: 0 } });
});

afterEach(() => kafka.close());

interface Commit {
  readonly offset?: number;
  readonly topic?: string;
  readonly partition?: number;
  readonly metadata?: string | null;
  readonly member?: GroupMember;
  readonly version?: number;
}

async function commit({ offset = 1, topic = 'events', partition = 0, metadata = null, member, version }: Commit) {
  const request = {
    groupId: 'readers',
    generation: member?.generation ?? -1,
    memberId: member?.memberId ?? '',
    topics: [{ name: topic, partitions: [{ index: partition, offset, leaderEpoch: 0, metadata }] }],
  };
  return (await kafka.client.call(offsetCommitApi, request, version)).topics[0]!.partitions[0]!.errorCode;
}

async function committed(groupId = 'readers', partition = 0) {
  const groups = [{ groupId, memberId: null, memberEpoch: -1, topics: [{ name: 'events', partitions: [partition] }] }];
  return (await kafka.client.call(offsetFetchApi, { groups })).groups[0]!.topics[0]!.partitions[0]!;
}

/** The subscription of a consumer, in the form all clients use. */
function subscriptionTo(topic: string): Buffer {
  const writer = new Writer();
  writer.int16(0);
  writer.int32(1);
  writer.int16(topic.length);
  writer.text(topic, topic.length);
  writer.int32(-1);
  return writer.toBuffer();
}

/** Asks for all offsets of a group. */
const ask = (groupId: string) => ({ groupId, memberId: null, memberEpoch: -1, topics: null });

describe('committed offsets', () => {
  test('are there after a restart, with their metadata, in every version', async () => {
    for (let version = offsetCommitApi.minVersion; version <= offsetCommitApi.maxVersion; version++) {
      expect(await commit({ offset: 40 + version, metadata: 'note', version })).toBe(0);
    }
    await kafka.restart();
    expect(await committed()).toMatchObject({ offset: 49, leaderEpoch: 0, metadata: 'note', errorCode: 0 });
    for (let version = offsetFetchApi.minVersion; version <= 7; version++) {
      const topics = [{ name: 'events', partitions: [0] }];
      const answer = await kafka.client.call(offsetFetchApi, { groupId: 'readers', topics }, version);
      expect(answer.topics[0]!.partitions[0]).toMatchObject({ offset: 49, errorCode: 0 });
    }
    const all = await kafka.client.call(offsetFetchApi, { groupId: 'readers', topics: null }, 5);
    expect(all.topics).toHaveLength(1);
  });

  test('are -1 where nobody committed', async () => {
    expect(await committed('nobody')).toMatchObject({ offset: -1, leaderEpoch: -1, metadata: '', errorCode: 0 });
    expect(await committed('readers', 5)).toMatchObject({ offset: -1, errorCode: 0 });
  });

  test('are answered for several groups at once', async () => {
    await commit({ offset: 3 });
    const { groups } = await kafka.client.call(offsetFetchApi, { groups: [ask('readers'), ask('others')] });
    expect(groups.map(({ groupId, topics }) => [groupId, topics.length])).toEqual([
      ['readers', 1],
      ['others', 0],
    ]);
  });

  test('are taken from members of the present generation only, and from nobody else while there are members', async () => {
    const member = groupMember(await kafka.connect());
    await member.enter();
    expect(await commit({ member })).toBe(wireError.rebalanceInProgress);
    await member.sync();
    expect(await commit({ member, offset: 5 })).toBe(0);
    expect(await commit({ offset: 6 })).toBe(wireError.unknownMemberId);
    expect(await commit({ member: { ...member, generation: 9 } })).toBe(wireError.illegalGeneration);
    expect(await commit({ member: { ...member, memberId: 'stranger' } })).toBe(wireError.unknownMemberId);
    await kafka.restart();
    expect(await committed()).toMatchObject({ offset: 5 });
    expect(await commit({ member })).toBe(wireError.illegalGeneration);
  });

  test('are refused for an unknown partition and for too much metadata', async () => {
    expect(await commit({ topic: 'nowhere' })).toBe(wireError.unknownTopicOrPartition);
    expect(await commit({ partition: 1 })).toBe(wireError.unknownTopicOrPartition);
    expect(await commit({ metadata: 'x'.repeat(4_097) })).toBe(wireError.offsetMetadataTooLarge);
  });

  test('go with their topic', async () => {
    await commit({ offset: 9 });
    await kafka.client.call(deleteTopicsApi, { topics: [{ name: 'events', topicId: zero }], timeoutMs: 1_000 });
    await createTopic(kafka.client, 'events');
    expect(await committed()).toMatchObject({ offset: -1 });
  });
});

const zero = '00000000-0000-0000-0000-000000000000';

describe('looking after groups', () => {
  test('lists and describes groups with members and groups that only have offsets', async () => {
    await commit({ offset: 1 });
    const member = groupMember(await kafka.connect(), { group: 'active' });
    await member.enter();
    await member.sync({ [member.memberId]: 'all' });
    const { groups } = await kafka.client.call(listGroupsApi, {});
    expect(groups).toEqual([
      { groupId: 'active', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
      { groupId: 'readers', protocolType: 'consumer', groupState: 'Empty', groupType: 'classic' },
    ]);
    const only = await kafka.client.call(listGroupsApi, { statesFilter: ['stable'], typesFilter: ['Classic'] });
    expect(only.groups.map(({ groupId }) => groupId)).toEqual(['active']);
    expect((await kafka.client.call(listGroupsApi, { typesFilter: ['consumer'] })).groups).toEqual([]);
    for (let version = 0; version <= describeGroupsApi.maxVersion; version++) {
      const described = await kafka.client.call(describeGroupsApi, { groups: ['active', 'readers', 'no'] }, version);
      expect(described.groups.map(({ groupState }) => groupState)).toEqual(['Stable', 'Empty', 'Dead']);
      const [only] = described.groups[0]!.members;
      expect(only).toMatchObject({ memberId: member.memberId, clientId: 'wire-client', clientHost: '/127.0.0.1' });
      expect(Buffer.from(only!.assignment).toString()).toBe('all');
    }
  });

  test('deletes a group without members, with its offsets', async () => {
    await commit({ offset: 1 });
    const member = groupMember(await kafka.connect(), { group: 'active' });
    await member.enter();
    const answer = await kafka.client.call(deleteGroupsApi, { groupIds: ['readers', 'active', 'nobody'] });
    expect(answer.groups.map(({ errorCode }) => errorCode)).toEqual([
      0,
      wireError.nonEmptyGroup,
      wireError.groupIdNotFound,
    ]);
    expect(await committed()).toMatchObject({ offset: -1 });
  });

  test('deletes single offsets, but not of a topic that a member reads', async () => {
    await createTopic(kafka.client, 'read');
    await commit({ offset: 1 });
    await commit({ offset: 2, topic: 'read' });
    const member = groupMember(await kafka.connect(), { subscription: subscriptionTo('read') });
    await member.enter();
    await member.sync();
    const partitions = [{ index: 0 }];
    const topics = ['events', 'read', 'nowhere'].map((name) => ({ name, partitions }));
    const answer = await kafka.client.call(offsetDeleteApi, { groupId: 'readers', topics });
    expect(answer.topics.map((topic) => topic.partitions[0]!.errorCode)).toEqual([
      0,
      wireError.groupSubscribedToTopic,
      wireError.unknownTopicOrPartition,
    ]);
    expect(await committed()).toMatchObject({ offset: -1 });
    expect(await kafka.client.call(offsetDeleteApi, { groupId: 'nobody', topics })).toMatchObject({
      errorCode: wireError.groupIdNotFound,
    });
  });
});
