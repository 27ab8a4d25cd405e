import type { RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, bytes, int16, int32, nullableString, string, stringNullableFrom } from '../protocol/primitives.ts';
import { array, since, struct, until, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const joinRequest = struct({
  groupId: string,
  sessionTimeoutMs: int32,
  rebalanceTimeoutMs: since(1, int32, -1),
  memberId: string,
  groupInstanceId: since(5, nullableString),
  protocolType: string,
  protocols: array(struct({ name: string, metadata: bytes })),
  reason: since(8, nullableString),
});

const joinResponse = struct({
  throttleTimeMs: since(2, int32),
  errorCode: int16,
  generation: int32,
  protocolType: since(7, nullableString),
  protocolName: stringNullableFrom(7),
  leader: string,
  skipAssignment: since(9, boolean),
  memberId: string,
  members: array(struct({ memberId: string, groupInstanceId: since(5, nullableString), metadata: bytes })),
});

export const joinGroupApi: Api<ValueOf<typeof joinRequest>, ValueOf<typeof joinResponse>> = {
  key: 11,
  name: 'JoinGroup',
  minVersion: 0,
  maxVersion: 9,
  flexibleFrom: 6,
  request: joinRequest,
  response: joinResponse,
};

export const joinGroup = serve(joinGroupApi, async (request, context) => {
  const { broker, clientId, clientHost, version, closed } = context;
  const { groupId, memberId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType } = request;
  const result = await broker.coordinator.join(groupId, {
    memberId,
    protocolType,
    facts: {
      groupInstanceId,
      clientId,
      clientHost,
      sessionTimeoutMs,
      rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
      // Kept for long, so copied out of the request's frame.
      protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    },
    mustKnowId: version >= 4,
    canSkipAssignment: version >= 9,
    closed,
  });
  return { throttleTimeMs: 0, errorCode: result.error, ...result };
});

const syncRequest = struct({
  groupId: string,
  generation: int32,
  memberId: string,
  groupInstanceId: since(3, nullableString),
  protocolType: since(5, nullableString),
  protocolName: since(5, nullableString),
  assignments: array(struct({ memberId: string, assignment: bytes })),
});

const syncResponse = struct({
  throttleTimeMs: since(1, int32),
  errorCode: int16,
  protocolType: since(5, nullableString),
  protocolName: since(5, nullableString),
  assignment: bytes,
});

export const syncGroupApi: Api<ValueOf<typeof syncRequest>, ValueOf<typeof syncResponse>> = {
  key: 14,
  name: 'SyncGroup',
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 4,
  request: syncRequest,
  response: syncResponse,
};

export const syncGroup = serve(syncGroupApi, async ({ assignments, ...request }, { broker, closed }) => {
  const copied = new Map(assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)]));
  const result = await broker.coordinator.sync({ ...request, assignments: copied }, closed);
  return { throttleTimeMs: 0, errorCode: result.error, ...result };
});

const heartbeatRequest = struct({
  groupId: string,
  generation: int32,
  memberId: string,
  groupInstanceId: since(3, nullableString),
});

const heartbeatResponse = struct({ throttleTimeMs: since(1, int32), errorCode: int16 });

export const heartbeatApi: Api<ValueOf<typeof heartbeatRequest>, ValueOf<typeof heartbeatResponse>> = {
  key: 12,
  name: 'Heartbeat',
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 4,
  request: heartbeatRequest,
  response: heartbeatResponse,
};

export const heartbeat = serve(heartbeatApi, ({ groupId, generation, ...ref }, { broker }) => ({
  throttleTimeMs: 0,
  errorCode: broker.coordinator.heartbeat(groupId, generation, ref),
}));

const leaveRequest = struct({
  groupId: string,
  memberId: until(2, string),
  members: since(
    3,
    array(struct({ memberId: string, groupInstanceId: nullableString, reason: since(5, nullableString) })),
  ),
});

const leaveResponse = struct({
  throttleTimeMs: since(1, int32),
  errorCode: int16,
  members: since(3, array(struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 }))),
});

export const leaveGroupApi: Api<ValueOf<typeof leaveRequest>, ValueOf<typeof leaveResponse>> = {
  key: 13,
  name: 'LeaveGroup',
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 4,
  request: leaveRequest,
  response: leaveResponse,
};

export const leaveGroup = serve(leaveGroupApi, ({ groupId, memberId, members }, context) => {
  const leave = (ref: { memberId: string; groupInstanceId: string | null }) => leaveAs(context, groupId, ref);
  if (context.version < 3) {
    return { throttleTimeMs: 0, errorCode: leave({ memberId, groupInstanceId: null }), members: [] };
  }
  return {
    throttleTimeMs: 0,
    errorCode: wireError.none,
    members: members.map((member) => ({ ...member, errorCode: leave(member) })),
  };
});

function leaveAs(
  { broker }: RequestContext,
  groupId: string,
  { memberId, groupInstanceId }: { readonly memberId: string; readonly groupInstanceId: string | null },
): number {
  return broker.coordinator.leave(groupId, { memberId, groupInstanceId });
}
