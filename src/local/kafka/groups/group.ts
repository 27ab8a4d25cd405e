import { randomUUID } from 'node:crypto';
import { wireError } from '../protocol/error-codes.ts';
import type { JoinResult, Member, SyncResult } from './member.ts';
import { subscribedTopics } from './subscription.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

const empty = Buffer.alloc(0);

/** The membership of one consumer group, as the classic protocol knows it. Rules live in `rebalance.ts`. */
export class Group {
  readonly id: string;
  state: GroupState = 'Empty';
  generation = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leader: string | null = null;
  readonly members = new Map<string, Member>();
  /** Member ids that were given out and not used yet, with the timers that take them back. */
  readonly invited = new Map<string, NodeJS.Timeout>();
  private readonly byInstance = new Map<string, string>();
  /** Ends the phase that runs: waiting for joins or for the leader's assignment. */
  deadline: NodeJS.Timeout | undefined;
  /** Set while a new group collects its first members. */
  collecting = false;

  constructor(id: string) {
    this.id = id;
  }

  newMemberId(clientId: string, groupInstanceId: string | null): string {
    return `${groupInstanceId ?? (clientId === '' ? 'member' : clientId)}-${randomUUID()}`;
  }

  invite(memberId: string, timeoutMs: number, onExpired: () => void): void {
    const timer = setTimeout(() => {
      this.invited.delete(memberId);
      onExpired();
    }, timeoutMs);
    timer.unref();
    this.invited.set(memberId, timer);
  }

  uninvite(memberId: string): boolean {
    clearTimeout(this.invited.get(memberId));
    return this.invited.delete(memberId);
  }

  add(member: Member): void {
    this.members.set(member.id, member);
    if (member.facts.groupInstanceId !== null) this.byInstance.set(member.facts.groupInstanceId, member.id);
    this.leader ??= member.id;
    member.touch();
  }

  remove(member: Member): void {
    member.endSession();
    this.members.delete(member.id);
    const instance = member.facts.groupInstanceId;
    if (instance !== null && this.byInstance.get(instance) === member.id) this.byInstance.delete(instance);
    if (this.leader === member.id) this.leader = this.members.keys().next().value ?? null;
    member.answerJoin(this.joinFailure(wireError.unknownMemberId, member.id));
    member.answerSync(this.syncFailure(wireError.unknownMemberId));
  }

  /** A static member came back as another process: it takes the place and the assignment of the old one. */
  replace(old: Member, member: Member): void {
    const led = this.leader === old.id;
    member.assignment = old.assignment;
    old.endSession();
    this.members.delete(old.id);
    old.answerJoin(this.joinFailure(wireError.fencedInstanceId, old.id));
    old.answerSync(this.syncFailure(wireError.fencedInstanceId));
    this.add(member);
    if (led) this.leader = member.id;
  }

  memberOfInstance(groupInstanceId: string): Member | undefined {
    const id = this.byInstance.get(groupInstanceId);
    return id === undefined ? undefined : this.members.get(id);
  }

  /** Strategies that every member offers, in the first member's order. */
  commonProtocols(): readonly string[] {
    const [first, ...others] = this.members.values();
    const names = first?.facts.protocols.map((protocol) => protocol.name) ?? [];
    return names.filter((name) => others.every((member) => member.offers(name)));
  }

  /** Whether a member with these strategies can belong, leaving `except` out of account. */
  accepts(protocolType: string, names: readonly string[], except?: Member): boolean {
    const others = [...this.members.values()].filter((member) => member !== except);
    if (protocolType === '' || names.length === 0) return false;
    if (others.length === 0) return true;
    return this.protocolType === protocolType && names.some((name) => others.every((member) => member.offers(name)));
  }

  /** The strategy most members prefer among those all offer. */
  elect(): string | null {
    const candidates = this.commonProtocols();
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const vote = member.facts.protocols.find((protocol) => candidates.includes(protocol.name))?.name;
      if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    const [winner] = [...votes].toSorted((a, b) => b[1] - a[1]);
    return winner?.[0] ?? null;
  }

  rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map((member) => member.facts.rebalanceTimeoutMs));
  }

  /** Topics its members read, as far as they say so in the consumers' own form; undefined when they do not. */
  subscribedTopics(): ReadonlySet<string> | undefined {
    if (this.members.size === 0) return new Set();
    if (this.protocolType !== 'consumer') return undefined;
    const topics = new Set<string>();
    for (const member of this.members.values()) {
      const named = subscribedTopics(member.metadataFor(this.protocolName ?? member.facts.protocols[0]?.name ?? null));
      if (named === undefined) return undefined;
      for (const topic of named) topics.add(topic);
    }
    return topics;
  }

  joinSuccess(member: Member, skipAssignment = false): JoinResult {
    const leads = this.leader === member.id;
    return {
      error: wireError.none,
      generation: this.generation,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leader: this.leader ?? '',
      memberId: member.id,
      skipAssignment,
      members: leads
        ? [...this.members.values()].map((each) => ({
            memberId: each.id,
            groupInstanceId: each.facts.groupInstanceId,
            metadata: each.metadataFor(this.protocolName),
          }))
        : [],
    };
  }

  joinFailure(error: number, memberId: string): JoinResult {
    return {
      error,
      generation: -1,
      protocolType: null,
      protocolName: null,
      leader: '',
      memberId,
      skipAssignment: false,
      members: [],
    };
  }

  syncSuccess(member: Member): SyncResult {
    const { protocolType, protocolName } = this;
    return { error: wireError.none, protocolType, protocolName, assignment: member.assignment };
  }

  syncFailure(error: number): SyncResult {
    return { error, protocolType: null, protocolName: null, assignment: empty };
  }

  /** Stops every timer; nobody is answered any more. */
  dispose(): void {
    clearTimeout(this.deadline);
    for (const timer of this.invited.values()) clearTimeout(timer);
    for (const member of this.members.values()) member.endSession();
  }
}
