import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { describeGroupsApi } from '../../../src/local/kafka/apis/group-admin.ts';
import { leaveGroupApi } from '../../../src/local/kafka/apis/membership.ts';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { type GroupMember, groupMember, type MemberOptions } from './group-member.ts';

let kafka: BrokerUnderTest;

beforeEach(async () => {
  kafka = await brokerUnderTest({ settings: { initialRebalanceDelayMs: 20, minSessionTimeoutMs: 50 } });
});

afterEach(() => kafka.close());

/** A limit that runs out in a test: short, but not over between two messages while the machine has other work. */
const briefMs = 600;

const member = async (options: MemberOptions = {}) => groupMember(await kafka.connect(), options);

const stateOf = async (groupId = 'readers') => {
  const { groups } = await kafka.client.call(describeGroupsApi, { groups: [groupId] });
  return groups[0]!;
};

/** A stable group of these members; the leader gives everybody their number. */
async function stable(...members: readonly GroupMember[]): Promise<GroupMember> {
  const joined = await Promise.all(members.map((each) => each.enter()));
  const leader = members.find((each, index) => joined[index]!.leader === each.memberId)!;
  const assignments = Object.fromEntries(members.map((each, index) => [each.memberId, `part ${index}`]));
  const synced = await Promise.all(members.map((each) => each.sync(each === leader ? assignments : {})));
  expect(synced.map(({ errorCode }) => errorCode)).toEqual(members.map(() => 0));
  expect(synced.map(({ assignment }) => assignment)).toEqual(members.map((_, index) => `part ${index}`));
  return leader;
}

describe('joining', () => {
  test('gives a new member an id first, and the group a leader who sees everybody', async () => {
    const one = await member();
    const first = await one.join();
    expect(first).toMatchObject({ errorCode: wireError.memberIdRequired, generation: -1 });
    expect(first.memberId).toMatch(/^wire-client-/);
    const two = await member();
    const [a, b] = await Promise.all([one.join(), two.enter()]);
    expect([a.generation, b.generation]).toEqual([1, 1]);
    expect(a.leader).toBe(b.leader);
    const [leads, follows] = a.leader === one.memberId ? [a, b] : [b, a];
    expect(leads.members.map(({ memberId }) => memberId).toSorted()).toEqual([one.memberId, two.memberId].toSorted());
    expect(follows.members).toEqual([]);
    expect(a).toMatchObject({ protocolType: 'consumer', protocolName: 'range', skipAssignment: false });
  });

  test('works in every version of the protocol', async () => {
    for (let version = 0; version <= 9; version++) {
      const one = await member({ group: `version-${version}`, version });
      expect(await one.enter()).toMatchObject({ errorCode: 0, generation: 1, protocolName: 'range' });
      expect(await one.sync({ [one.memberId]: 'all' })).toEqual({ errorCode: 0, assignment: 'all' });
    }
  });

  test('chooses the strategy most members prefer among those all have', async () => {
    const members = await Promise.all([
      member({ protocols: ['sticky', 'range'] }),
      member({ protocols: ['range', 'sticky'] }),
      member({ protocols: ['own', 'range', 'sticky'] }),
    ]);
    const joined = await Promise.all(members.map((each) => each.enter()));
    expect(joined.map(({ protocolName }) => protocolName)).toEqual(['range', 'range', 'range']);
  });

  test('refuses what cannot work', async () => {
    await stable(await member());
    const other = await member({ protocols: ['other'] });
    expect(await other.join()).toMatchObject({ errorCode: wireError.inconsistentGroupProtocol });
    expect(await (await member({ group: '' })).join()).toMatchObject({ errorCode: wireError.invalidGroupId });
    expect(await (await member({ sessionTimeoutMs: 10 })).join()).toMatchObject({
      errorCode: wireError.invalidSessionTimeout,
    });
    expect(await (await member()).join('stranger')).toMatchObject({ errorCode: wireError.unknownMemberId });
    expect(await (await member({ group: 'new' })).join('stranger')).toMatchObject({
      errorCode: wireError.unknownMemberId,
    });
  });
});

describe('a rebalance', () => {
  test('runs when a member comes: the others hear of it in their heartbeat and join again', async () => {
    const one = await member();
    await stable(one);
    expect(await stateOf()).toMatchObject({ groupState: 'Stable', protocolType: 'consumer', protocolName: 'range' });
    const two = await member();
    const entering = two.enter();
    while ((await one.heartbeat()) !== wireError.rebalanceInProgress) await sleep(5);
    expect((await stateOf()).groupState).toBe('PreparingRebalance');
    expect(await one.sync()).toMatchObject({ errorCode: wireError.rebalanceInProgress });
    const [again] = await Promise.all([one.join(), entering]);
    expect(again.generation).toBe(2);
    expect((await stateOf()).groupState).toBe('CompletingRebalance');
    const leader = again.leader === one.memberId ? one : two;
    const follower = leader === one ? two : one;
    const waiting = follower.sync();
    await leader.sync({ [one.memberId]: 'left', [two.memberId]: 'right' });
    expect(await waiting).toEqual({ errorCode: 0, assignment: follower === one ? 'left' : 'right' });
    expect(await one.heartbeat()).toBe(0);
  });

  test('runs when a member leaves, and the group is empty when the last one has left', async () => {
    const [one, two] = [await member(), await member()];
    await stable(one, two);
    expect(await two.leave()).toBe(0);
    expect(await one.heartbeat()).toBe(wireError.rebalanceInProgress);
    expect(await one.join()).toMatchObject({ errorCode: 0, generation: 2, leader: one.memberId });
    await one.sync({ [one.memberId]: 'all' });
    expect(await one.leave()).toBe(0);
    expect((await stateOf()).groupState).toBe('Dead');
    expect(await one.heartbeat()).toBe(wireError.unknownMemberId);
    expect(await one.leave()).toBe(wireError.unknownMemberId);
  });

  test('runs when the session of a member ends without a heartbeat', async () => {
    const quiet = await member({ sessionTimeoutMs: briefMs });
    const alive = await member();
    await stable(quiet, alive);
    while ((await alive.heartbeat()) === 0) await sleep(20);
    expect(await alive.join()).toMatchObject({ errorCode: 0, generation: 2, leader: alive.memberId });
    expect(await quiet.heartbeat()).toBe(wireError.unknownMemberId);
  });

  test('goes on without a member that does not join again in time', async () => {
    const slow = await member({ rebalanceTimeoutMs: briefMs });
    const other = await member({ rebalanceTimeoutMs: briefMs });
    await stable(slow, other);
    const late = await member({ rebalanceTimeoutMs: briefMs });
    const entering = late.enter();
    while ((await other.heartbeat()) === 0) await sleep(5);
    const [again, entered] = await Promise.all([other.join(), entering]);
    expect([again.generation, entered.generation]).toEqual([2, 2]);
    expect(await slow.heartbeat()).toBe(wireError.unknownMemberId);
  });

  test('starts over when the leader never says who gets what', async () => {
    const [one, two] = [await member({ rebalanceTimeoutMs: briefMs }), await member({ rebalanceTimeoutMs: briefMs })];
    const joined = await Promise.all([one.enter(), two.enter()]);
    const follower = joined[0].leader === one.memberId ? two : one;
    expect(await follower.sync()).toMatchObject({ errorCode: wireError.rebalanceInProgress });
    expect(await follower.join()).toMatchObject({ errorCode: 0, leader: follower.memberId, generation: 2 });
  });

  test('does not wait for a member whose connection broke while it waited to join', async () => {
    const [one, two] = [await member({ rebalanceTimeoutMs: 60_000 }), await member({ rebalanceTimeoutMs: 60_000 })];
    await stable(one, two);
    const connection = await kafka.connect();
    const broken = groupMember(connection, { sessionTimeoutMs: briefMs, rebalanceTimeoutMs: 60_000 });
    await broken.join();
    const lost = broken.join().catch(() => 'closed');
    while ((await one.heartbeat()) === 0) await sleep(5);
    connection.close();
    expect(await lost).toBe('closed');
    // The broker has seen the end of the connection when the session of who waited there runs out.
    while ((await stateOf()).members.some(({ memberId }) => memberId === broken.memberId)) await sleep(5);
    const again = await Promise.all([one.join(), two.join()]);
    const leader = again.find(({ members }) => members.length > 0)!;
    expect(leader.members.map(({ memberId }) => memberId)).not.toContain(broken.memberId);
  });

  test('refuses an old generation', async () => {
    const one = await member();
    await stable(one);
    one.generation = 0;
    expect(await one.heartbeat()).toBe(wireError.illegalGeneration);
    expect(await one.sync()).toMatchObject({ errorCode: wireError.illegalGeneration });
  });

  test('gives a member its assignment again when the answer was lost', async () => {
    const [one, two] = [await member(), await member()];
    const leader = await stable(one, two);
    const follower = leader === one ? two : one;
    expect(await follower.join()).toMatchObject({ errorCode: 0, generation: 1 });
    expect(await follower.sync()).toMatchObject({ errorCode: 0, assignment: follower === one ? 'part 0' : 'part 1' });
  });
});

describe('static membership', () => {
  test('lets a member come back as another process without a rebalance, and fences the old one', async () => {
    const old = await member({ groupInstanceId: 'reader-1' });
    const other = await member({ groupInstanceId: 'reader-2' });
    await stable(old, other);
    const back = await member({ groupInstanceId: 'reader-1' });
    const joined = await back.join();
    expect(joined).toMatchObject({ errorCode: 0, generation: 1 });
    expect(joined.skipAssignment).toBe(joined.leader === back.memberId);
    expect(await back.sync()).toEqual({ errorCode: 0, assignment: 'part 0' });
    expect(await other.heartbeat()).toBe(0);
    expect(await old.heartbeat()).toBe(wireError.fencedInstanceId);
    expect(await old.join()).toMatchObject({ errorCode: wireError.fencedInstanceId });
    expect(await back.heartbeat()).toBe(0);
  });

  test('rebalances when it comes back with another subscription', async () => {
    const old = await member({ groupInstanceId: 'reader-1' });
    await stable(old);
    const back = await member({ groupInstanceId: 'reader-1', subscription: Buffer.from('other topics') });
    expect(await back.join()).toMatchObject({ errorCode: 0, generation: 2, leader: back.memberId });
  });

  test('lets an administrator remove it by its instance id alone', async () => {
    const one = await member({ groupInstanceId: 'reader-1' });
    await stable(one);
    const members = [
      { memberId: '', groupInstanceId: 'reader-1', reason: 'replaced' },
      { memberId: '', groupInstanceId: 'reader-9', reason: null },
    ];
    const answer = await kafka.client.call(leaveGroupApi, { groupId: 'readers', members });
    expect(answer.members.map(({ errorCode }) => errorCode)).toEqual([0, wireError.unknownMemberId]);
    expect(await one.heartbeat()).toBe(wireError.unknownMemberId);
  });
});
