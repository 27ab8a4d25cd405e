import { wireError } from '../protocol/error-codes.ts';
import type { Group } from './group.ts';
import type { Member } from './member.ts';

export interface RebalanceTiming {
  /** How long a new group waits for more members. */
  readonly initialDelayMs: number;
}

/** Something changed: all members must join again. */
export function prepareRebalance(group: Group, timing: RebalanceTiming): void {
  if (group.state === 'PreparingRebalance') {
    completeWhenAllJoined(group, timing);
    return;
  }
  for (const member of group.members.values()) {
    member.answerSync(group.syncFailure(wireError.rebalanceInProgress));
    member.assignment = Buffer.alloc(0);
  }
  group.collecting = group.state === 'Empty' && timing.initialDelayMs > 0;
  group.state = 'PreparingRebalance';
  const waitMs = group.collecting ? timing.initialDelayMs : group.rebalanceTimeoutMs();
  setDeadline(group, waitMs, () => endOfJoining(group, timing));
  completeWhenAllJoined(group, timing);
}

/** Ends the joining at once when nobody is missing. */
export function completeWhenAllJoined(group: Group, timing: RebalanceTiming): void {
  if (group.state !== 'PreparingRebalance' || group.collecting || group.invited.size > 0) return;
  for (const member of group.members.values()) if (member.awaitingJoin === undefined) return;
  completeJoining(group, timing);
}

function endOfJoining(group: Group, timing: RebalanceTiming): void {
  if (group.collecting) {
    // The first members are here; whoever was invited meanwhile gets the normal time.
    group.collecting = false;
    setDeadline(group, group.rebalanceTimeoutMs(), () => endOfJoining(group, timing));
    completeWhenAllJoined(group, timing);
    return;
  }
  completeJoining(group, timing);
}

function completeJoining(group: Group, timing: RebalanceTiming): void {
  // Whoever did not join again is out; a static member keeps its place until its session ends.
  for (const member of group.members.values()) {
    if (member.awaitingJoin === undefined && member.facts.groupInstanceId === null) group.remove(member);
  }
  if (group.members.size > 0 && !chooseLeader(group)) {
    setDeadline(group, group.rebalanceTimeoutMs(), () => endOfJoining(group, timing));
    return;
  }
  clearTimeout(group.deadline);
  group.generation += 1;
  group.protocolName = group.elect();
  if (group.members.size === 0) {
    becomeEmpty(group);
    return;
  }
  group.state = 'CompletingRebalance';
  setDeadline(group, group.rebalanceTimeoutMs(), () => endOfSyncing(group, timing));
  for (const member of group.members.values()) {
    member.touch();
    member.answerJoin(group.joinSuccess(member));
  }
}

/** The leader must be somebody who is there to compute the assignment. */
function chooseLeader(group: Group): boolean {
  const leader = group.leader === null ? undefined : group.members.get(group.leader);
  if (leader?.awaitingJoin !== undefined) return true;
  for (const member of group.members.values()) {
    if (member.awaitingJoin === undefined) continue;
    group.leader = member.id;
    return true;
  }
  return false;
}

/** The leader or others did not fetch their assignment in time: they are out. */
function endOfSyncing(group: Group, timing: RebalanceTiming): void {
  if (group.state !== 'CompletingRebalance') return;
  for (const member of group.members.values()) if (member.awaitingSync === undefined) group.remove(member);
  prepareRebalance(group, timing);
}

export function becomeEmpty(group: Group): void {
  clearTimeout(group.deadline);
  group.state = 'Empty';
  group.leader = null;
  group.protocolName = null;
}

/** The leader's assignment is here: everybody who waits gets their part. */
export function distribute(group: Group, assignments: ReadonlyMap<string, Buffer>): void {
  clearTimeout(group.deadline);
  group.state = 'Stable';
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.id) ?? Buffer.alloc(0);
    member.touch();
    member.answerSync(group.syncSuccess(member));
  }
}

/** Takes a member out and lets the others share its part. */
export function removeMember(group: Group, member: Member, timing: RebalanceTiming): void {
  group.remove(member);
  switch (group.state) {
    case 'Stable':
    case 'CompletingRebalance':
      prepareRebalance(group, timing);
      break;
    case 'PreparingRebalance':
      completeWhenAllJoined(group, timing);
      break;
    case 'Empty':
    case 'Dead':
      break;
  }
}

function setDeadline(group: Group, afterMs: number, work: () => void): void {
  clearTimeout(group.deadline);
  group.deadline = setTimeout(work, afterMs);
  group.deadline.unref();
}
