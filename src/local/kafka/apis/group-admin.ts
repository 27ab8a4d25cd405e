import type { RequestContext } from '../context.ts';
import type { Group } from '../groups/group.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, bytes, int16, int32, nullableString, string } from '../protocol/primitives.ts';
import { array, since, struct, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const listRequest = struct({ statesFilter: since(4, array(string)), typesFilter: since(5, array(string)) });

const listResponse = struct({
  throttleTimeMs: since(1, int32),
  errorCode: int16,
  groups: array(
    struct({ groupId: string, protocolType: string, groupState: since(4, string), groupType: since(5, string) }),
  ),
});

export const listGroupsApi: Api<ValueOf<typeof listRequest>, ValueOf<typeof listResponse>> = {
  key: 16,
  name: 'ListGroups',
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 3,
  request: listRequest,
  response: listResponse,
};

const classic = 'classic';

/** A group that only has offsets was a consumer group, or is used like one. */
const protocolTypeOf = (group: Group | undefined): string => group?.protocolType ?? 'consumer';

export const listGroups = serve(listGroupsApi, ({ statesFilter, typesFilter }, { broker }) => {
  const states = new Set(statesFilter.map((state) => state.toLowerCase()));
  const types = typesFilter.map((type) => type.toLowerCase());
  const groups = broker.coordinator.groupIds().map((groupId) => {
    const group = broker.coordinator.group(groupId);
    return { groupId, protocolType: protocolTypeOf(group), groupState: group?.state ?? 'Empty', groupType: classic };
  });
  const wanted = groups.filter(({ groupState }) => states.size === 0 || states.has(groupState.toLowerCase()));
  return {
    throttleTimeMs: 0,
    errorCode: wireError.none,
    groups: types.length === 0 || types.includes(classic) ? wanted : [],
  };
});

const describeRequest = struct({ groups: array(string), includeAuthorizedOperations: since(3, boolean) });

const describeResponse = struct({
  throttleTimeMs: since(1, int32),
  groups: array(
    struct({
      errorCode: int16,
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolName: string,
      members: array(
        struct({
          memberId: string,
          groupInstanceId: since(4, nullableString),
          clientId: string,
          clientHost: string,
          metadata: bytes,
          assignment: bytes,
        }),
      ),
      authorizedOperations: since(3, int32),
    }),
  ),
});

export const describeGroupsApi: Api<ValueOf<typeof describeRequest>, ValueOf<typeof describeResponse>> = {
  key: 15,
  name: 'DescribeGroups',
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 5,
  request: describeRequest,
  response: describeResponse,
};

type DescribedGroup = ValueOf<typeof describeResponse>['groups'][number];

/** Read, delete and describe, as bits: everybody may do everything. */
const groupOperations = (1 << 3) | (1 << 6) | (1 << 8);
const notAsked = -2_147_483_648;

export const describeGroups = serve(describeGroupsApi, ({ groups, includeAuthorizedOperations }, context) => ({
  throttleTimeMs: 0,
  groups: groups.map((groupId) => ({
    ...describe(context, groupId),
    authorizedOperations: includeAuthorizedOperations ? groupOperations : notAsked,
  })),
}));

function describe({ broker }: RequestContext, groupId: string): Omit<DescribedGroup, 'authorizedOperations'> {
  const { coordinator } = broker;
  const group = coordinator.group(groupId);
  const state = group?.state ?? (coordinator.offsets.hasGroup(groupId) ? 'Empty' : 'Dead');
  const members = [...(group?.members.values() ?? [])].map((member) => ({
    memberId: member.id,
    groupInstanceId: member.facts.groupInstanceId,
    clientId: member.facts.clientId,
    clientHost: member.facts.clientHost,
    metadata: state === 'Stable' ? member.metadataFor(group?.protocolName ?? null) : Buffer.alloc(0),
    assignment: member.assignment,
  }));
  return {
    errorCode: wireError.none,
    groupId,
    groupState: state,
    protocolType: state === 'Dead' ? '' : protocolTypeOf(group),
    protocolName: (state === 'Stable' ? group?.protocolName : null) ?? '',
    members,
  };
}

const deleteRequest = struct({ groupIds: array(string) });

const deleteResponse = struct({
  throttleTimeMs: int32,
  groups: array(struct({ groupId: string, errorCode: int16 })),
});

export const deleteGroupsApi: Api<ValueOf<typeof deleteRequest>, ValueOf<typeof deleteResponse>> = {
  key: 42,
  name: 'DeleteGroups',
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 2,
  request: deleteRequest,
  response: deleteResponse,
};

export const deleteGroups = serve(deleteGroupsApi, ({ groupIds }, { broker }) => ({
  throttleTimeMs: 0,
  groups: groupIds.map((groupId) => ({ groupId, errorCode: broker.coordinator.deleteGroup(groupId) })),
}));
