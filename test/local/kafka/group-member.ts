import { heartbeatApi, joinGroupApi, leaveGroupApi, syncGroupApi } from '../../../src/local/kafka/apis/membership.ts';
import type { ValueOf } from '../../../src/local/kafka/protocol/schema.ts';
import type { WireClient } from '../../make/wire-client.ts';

export interface MemberOptions {
  readonly group?: string;
  readonly groupInstanceId?: string | null;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocols?: readonly string[];
  readonly subscription?: Buffer;
  readonly version?: number;
}

export type Joined = ValueOf<typeof joinGroupApi.response>;

/** One member of a group that does each step of the protocol when the test says so. */
export interface GroupMember {
  memberId: string;
  generation: number;
  join(memberId?: string): Promise<Joined>;
  /** Asks for an id where the version wants that, then joins. */
  enter(): Promise<Joined>;
  sync(assignments?: Readonly<Record<string, string>>): Promise<{ errorCode: number; assignment: string }>;
  heartbeat(): Promise<number>;
  leave(): Promise<number>;
}

const noSubscription = Buffer.from('subscription');

export function groupMember(client: WireClient, options: MemberOptions = {}): GroupMember {
  const { group = 'readers', groupInstanceId = null, sessionTimeoutMs = 10_000, protocols = ['range'] } = options;
  const { rebalanceTimeoutMs = 5_000, subscription = noSubscription, version } = options;
  const self: GroupMember = {
    memberId: '',
    generation: -1,
    async join(memberId = self.memberId) {
      const request = {
        groupId: group,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocols: protocols.map((name) => ({ name, metadata: subscription })),
      };
      const joined = await client.call(joinGroupApi, request, version);
      self.memberId = joined.memberId;
      self.generation = joined.generation;
      return joined;
    },
    async enter() {
      const first = await self.join();
      return first.errorCode === 79 ? self.join() : first;
    },
    async sync(assignments = {}) {
      const { errorCode, assignment } = await client.call(syncGroupApi, {
        groupId: group,
        generation: self.generation,
        memberId: self.memberId,
        groupInstanceId,
        protocolType: null,
        protocolName: null,
        assignments: Object.entries(assignments).map(([memberId, text]) => ({
          memberId,
          assignment: Buffer.from(text),
        })),
      });
      return { errorCode, assignment: Buffer.from(assignment).toString() };
    },
    async heartbeat() {
      const { memberId, generation } = self;
      return (await client.call(heartbeatApi, { groupId: group, generation, memberId, groupInstanceId })).errorCode;
    },
    async leave() {
      const members = [{ memberId: self.memberId, groupInstanceId, reason: null }];
      return (await client.call(leaveGroupApi, { groupId: group, members })).members[0]!.errorCode;
    },
  };
  return self;
}
