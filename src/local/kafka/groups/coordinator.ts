import { wireError } from '../protocol/error-codes.ts';
import type { BrokerSettings } from '../settings.ts';
import { Group } from './group.ts';
import { identityFault, type JoinRequest, join } from './joining.ts';
import type { JoinResult, Member, SyncResult } from './member.ts';
import type { Offsets } from './offsets.ts';
import { completeWhenAllJoined, distribute, type RebalanceTiming, removeMember } from './rebalance.ts';

export interface SyncRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: ReadonlyMap<string, Buffer>;
}

export interface MemberRef {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** Coordinates all consumer groups of the broker by the classic protocol. Membership lives in memory, offsets on disk. */
export class Coordinator {
  private readonly groups = new Map<string, Group>();
  private readonly settings: BrokerSettings;
  private readonly timing: RebalanceTiming;
  readonly offsets: Offsets;

  constructor(settings: BrokerSettings, offsets: Offsets) {
    this.settings = settings;
    this.timing = { initialDelayMs: settings.initialRebalanceDelayMs };
    this.offsets = offsets;
  }

  join(groupId: string, request: JoinRequest): JoinResult | Promise<JoinResult> {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.settings;
    const { sessionTimeoutMs } = request.facts;
    const group = this.groups.get(groupId) ?? new Group(groupId);
    if (groupId === '') return group.joinFailure(wireError.invalidGroupId, request.memberId);
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return group.joinFailure(wireError.invalidSessionTimeout, request.memberId);
    }
    const result = join(group, request, {
      ...this.timing,
      maxMembers: this.settings.maxGroupSize,
      onExpired: (member) => this.expired(group, member),
      onInvitationExpired: () => {
        completeWhenAllJoined(group, this.timing);
        this.forgetIfUnused(group);
      },
    });
    if (group.members.size > 0 || group.invited.size > 0) this.groups.set(groupId, group);
    return result;
  }

  sync(request: SyncRequest, closed: AbortSignal): SyncResult | Promise<SyncResult> {
    const group = this.groups.get(request.groupId);
    if (group === undefined) return new Group('').syncFailure(wireError.unknownMemberId);
    const fault = this.actingFault(group, request);
    if (fault !== wireError.none) return group.syncFailure(fault);
    const { protocolType, protocolName } = request;
    if (
      (protocolType !== null && protocolType !== group.protocolType) ||
      (protocolName !== null && protocolName !== group.protocolName)
    ) {
      return group.syncFailure(wireError.inconsistentGroupProtocol);
    }
    return this.syncInState(group, request, closed);
  }

  private syncInState(group: Group, request: SyncRequest, closed: AbortSignal): SyncResult | Promise<SyncResult> {
    const member = group.members.get(request.memberId)!;
    switch (group.state) {
      case 'Empty':
      case 'Dead':
        return group.syncFailure(wireError.unknownMemberId);
      case 'PreparingRebalance':
        return group.syncFailure(wireError.rebalanceInProgress);
      case 'Stable':
        member.touch();
        return group.syncSuccess(member);
      case 'CompletingRebalance':
        break;
    }
    member.answerSync(group.syncFailure(wireError.rebalanceInProgress));
    const answer = member.waitForSync(closed);
    if (group.leader === member.id) distribute(group, request.assignments);
    return answer;
  }

  heartbeat(groupId: string, generation: number, ref: MemberRef): number {
    const group = this.groups.get(groupId);
    if (group === undefined) return wireError.unknownMemberId;
    const fault = this.actingFault(group, { ...ref, generation });
    if (fault !== wireError.none) return fault;
    group.members.get(ref.memberId)?.touch();
    return group.state === 'PreparingRebalance' ? wireError.rebalanceInProgress : wireError.none;
  }

  leave(groupId: string, ref: MemberRef): number {
    const group = this.groups.get(groupId);
    if (group === undefined) return wireError.unknownMemberId;
    if (group.uninvite(ref.memberId)) {
      completeWhenAllJoined(group, this.timing);
      this.forgetIfUnused(group);
      return wireError.none;
    }
    // An administrator removes a static member by its instance id alone.
    const byInstance = ref.groupInstanceId === null ? undefined : group.memberOfInstance(ref.groupInstanceId);
    const memberId = ref.memberId === '' && byInstance !== undefined ? byInstance.id : ref.memberId;
    const fault = identityFault(group, memberId, ref.groupInstanceId);
    if (fault !== wireError.none) return fault;
    removeMember(group, group.members.get(memberId)!, this.timing);
    this.forgetIfUnused(group);
    return wireError.none;
  }

  /** Whether this member, or a client without membership, may commit offsets now. */
  commitFault(groupId: string, generation: number, ref: MemberRef): number {
    const group = this.groups.get(groupId);
    const free = generation < 0 && ref.memberId === '' && ref.groupInstanceId === null;
    if (group === undefined || group.members.size === 0) {
      if (free) return wireError.none;
      if (group !== undefined) return wireError.unknownMemberId;
      return generation < 0 ? wireError.none : wireError.illegalGeneration;
    }
    const fault = this.actingFault(group, { ...ref, generation });
    if (fault !== wireError.none) return fault;
    group.members.get(ref.memberId)?.touch();
    return group.state === 'CompletingRebalance' ? wireError.rebalanceInProgress : wireError.none;
  }

  group(groupId: string): Group | undefined {
    return this.groups.get(groupId);
  }

  /** Groups with members and groups that only have offsets. */
  groupIds(): readonly string[] {
    return [...new Set([...this.groups.keys(), ...this.offsets.groups()])];
  }

  deleteGroup(groupId: string): number {
    if (groupId === '') return wireError.invalidGroupId;
    const group = this.groups.get(groupId);
    if (group !== undefined && group.members.size > 0) return wireError.nonEmptyGroup;
    if (group === undefined && !this.offsets.hasGroup(groupId)) return wireError.groupIdNotFound;
    this.offsets.deleteGroup(groupId);
    group?.dispose();
    this.groups.delete(groupId);
    return wireError.none;
  }

  close(): void {
    for (const group of this.groups.values()) group.dispose();
    this.groups.clear();
  }

  private actingFault(group: Group, ref: MemberRef & { readonly generation: number }): number {
    const fault = identityFault(group, ref.memberId, ref.groupInstanceId);
    if (fault !== wireError.none) return fault;
    return ref.generation === group.generation ? wireError.none : wireError.illegalGeneration;
  }

  private expired(group: Group, member: Member): void {
    removeMember(group, member, this.timing);
    this.forgetIfUnused(group);
  }

  /** A group without members that never committed anything leaves no trace. */
  private forgetIfUnused(group: Group): void {
    if (group.members.size > 0 || group.invited.size > 0 || this.offsets.hasGroup(group.id)) return;
    group.dispose();
    this.groups.delete(group.id);
  }
}
