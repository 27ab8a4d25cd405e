import { wireError } from '../protocol/error-codes.ts';
import type { Group } from './group.ts';
import { type JoinResult, Member, type MemberFacts } from './member.ts';
import { prepareRebalance, type RebalanceTiming } from './rebalance.ts';

export interface JoinRequest {
  readonly memberId: string;
  readonly protocolType: string;
  readonly facts: MemberFacts;
  /** Newer clients are given an id first and must come back with it. */
  readonly mustKnowId: boolean;
  /** Newer clients understand being the leader without computing an assignment. */
  readonly canSkipAssignment: boolean;
  /** Aborts when the client's connection closes. */
  readonly closed: AbortSignal;
}

export interface JoinRules extends RebalanceTiming {
  readonly maxMembers: number;
  readonly onExpired: (member: Member) => void;
  readonly onInvitationExpired: () => void;
}

/** Lets a member join, or join again. The answer may come only when all others have joined too. */
export function join(group: Group, request: JoinRequest, rules: JoinRules): JoinResult | Promise<JoinResult> {
  const known = group.members.get(request.memberId);
  const names = request.facts.protocols.map((protocol) => protocol.name);
  const instance = request.facts.groupInstanceId;
  const before = known ?? (instance === null ? undefined : group.memberOfInstance(instance));
  if (!group.accepts(request.protocolType, names, before)) {
    return group.joinFailure(wireError.inconsistentGroupProtocol, request.memberId);
  }
  return request.memberId === '' ? joinAsNew(group, request, rules) : joinAgain(group, request, rules);
}

function joinAsNew(group: Group, request: JoinRequest, rules: JoinRules): JoinResult | Promise<JoinResult> {
  const { facts } = request;
  const memberId = group.newMemberId(facts.clientId, facts.groupInstanceId);
  const old = facts.groupInstanceId === null ? undefined : group.memberOfInstance(facts.groupInstanceId);
  if (old !== undefined) return takePlaceOf(group, old, { request, rules, memberId });
  if (group.members.size + group.invited.size >= rules.maxMembers) {
    return group.joinFailure(wireError.groupMaxSizeReached, '');
  }
  if (request.mustKnowId && facts.groupInstanceId === null) {
    group.invite(memberId, facts.sessionTimeoutMs, rules.onInvitationExpired);
    return group.joinFailure(wireError.memberIdRequired, memberId);
  }
  return addAndRebalance(group, { request, rules, memberId });
}

interface NewMember {
  readonly request: JoinRequest;
  readonly rules: JoinRules;
  readonly memberId: string;
}

function addAndRebalance(group: Group, { request, rules, memberId }: NewMember): Promise<JoinResult> {
  if (group.members.size === 0) group.protocolType = request.protocolType;
  const member = new Member(memberId, request.facts, rules.onExpired);
  group.add(member);
  return waitForOthers(group, member, { rules, closed: request.closed });
}

function takePlaceOf(group: Group, old: Member, next: NewMember): JoinResult | Promise<JoinResult> {
  const { request, rules, memberId } = next;
  const leaderBefore = group.leader ?? '';
  const member = new Member(memberId, request.facts, rules.onExpired);
  const sameSubscription = old.metadataFor(group.protocolName).equals(member.metadataFor(group.protocolName));
  group.replace(old, member);
  if (group.state !== 'Stable' || !sameSubscription || group.elect() !== group.protocolName) {
    return waitForOthers(group, member, { rules, closed: request.closed });
  }
  // Nothing changed for anybody: no rebalance. A client that cannot skip the assignment is not told that it leads.
  if (request.canSkipAssignment) return group.joinSuccess(member, group.leader === member.id);
  return { ...group.joinSuccess(member), leader: leaderBefore, members: [] };
}

function joinAgain(group: Group, request: JoinRequest, rules: JoinRules): JoinResult | Promise<JoinResult> {
  const { memberId, facts } = request;
  if (group.uninvite(memberId)) return addAndRebalance(group, { request, rules, memberId });
  const member = group.members.get(memberId);
  const fault = identityFault(group, memberId, facts.groupInstanceId);
  if (fault !== wireError.none || member === undefined) {
    return group.joinFailure(fault === wireError.none ? wireError.unknownMemberId : fault, memberId);
  }
  const unchanged = member.offersSameAs(facts.protocols);
  const leads = group.leader === memberId;
  if (unchanged && (group.state === 'CompletingRebalance' || (group.state === 'Stable' && !leads))) {
    // The answer to its last join was lost, or it asks again without need.
    member.touch();
    return group.joinSuccess(member);
  }
  member.facts = facts;
  return waitForOthers(group, member, { rules, closed: request.closed });
}

function waitForOthers(
  group: Group,
  member: Member,
  { rules, closed }: { readonly rules: RebalanceTiming; readonly closed: AbortSignal },
): Promise<JoinResult> {
  member.answerJoin(group.joinFailure(wireError.rebalanceInProgress, member.id));
  const answer = member.waitForJoin(closed);
  prepareRebalance(group, rules);
  return answer;
}

/** Whether this id may act: known, and the present holder of the instance id it states. */
export function identityFault(group: Group, memberId: string, groupInstanceId: string | null): number {
  if (groupInstanceId !== null) {
    const holder = group.memberOfInstance(groupInstanceId);
    if (holder === undefined) return wireError.unknownMemberId;
    if (holder.id !== memberId) return wireError.fencedInstanceId;
  }
  return group.members.has(memberId) ? wireError.none : wireError.unknownMemberId;
}
