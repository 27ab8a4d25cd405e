import { nodeId, type RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { int8, int16, int32, nullableString, string } from '../protocol/primitives.ts';
import { array, between, since, struct, until, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const request = struct({
  key: until(3, string),
  keyType: since(1, int8),
  keys: since(4, array(string)),
});

const response = struct({
  throttleTimeMs: since(1, int32),
  errorCode: until(3, int16),
  errorMessage: between(1, 3, nullableString),
  nodeId: until(3, int32),
  host: until(3, string),
  port: until(3, int32),
  coordinators: since(
    4,
    array(
      struct({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullableString,
      }),
    ),
  ),
});

export const findCoordinatorApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 10,
  name: 'FindCoordinator',
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 3,
  request,
  response,
};

const groupKey = 0;

export const findCoordinator = serve(findCoordinatorApi, ({ key, keyType, keys }, context) => {
  const single = coordinatorOf(context, key, keyType);
  return {
    throttleTimeMs: 0,
    errorCode: single.errorCode,
    errorMessage: single.errorMessage,
    nodeId: single.nodeId,
    host: single.host,
    port: single.port,
    coordinators: keys.map((each) => coordinatorOf(context, each, keyType)),
  };
});

function coordinatorOf({ reachedAt }: RequestContext, key: string, keyType: number) {
  if (keyType !== groupKey) {
    // Any retriable code would make a transactional producer ask for ever.
    const errorMessage = 'this broker coordinates consumer groups only; it has no transactions';
    return { key, nodeId: -1, host: '', port: -1, errorCode: wireError.invalidRequest, errorMessage };
  }
  return { key, nodeId, ...reachedAt, errorCode: wireError.none, errorMessage: null };
}
