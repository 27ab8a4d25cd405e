import { nodeId } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, int8, int16, int32, nullableString, string } from '../protocol/primitives.ts';
import { array, since, struct, type ValueOf } from '../protocol/schema.ts';
import { clusterOperations } from './metadata.ts';
import { serve } from './serve.ts';

const request = struct({ includeAuthorizedOperations: boolean, endpointType: since(1, int8, 1) });

const response = struct({
  throttleTimeMs: int32,
  errorCode: int16,
  errorMessage: nullableString,
  endpointType: since(1, int8, 1),
  clusterId: string,
  controllerId: int32,
  brokers: array(struct({ id: int32, host: string, port: int32, rack: nullableString })),
  authorizedOperations: int32,
});

export const describeClusterApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 60,
  name: 'DescribeCluster',
  minVersion: 0,
  maxVersion: 1,
  flexibleFrom: 0,
  request,
  response,
};

const brokers = 1;

export const describeCluster = serve(
  describeClusterApi,
  ({ includeAuthorizedOperations, endpointType }, { broker, reachedAt }) => {
    const known = endpointType === brokers;
    return {
      throttleTimeMs: 0,
      errorCode: known ? wireError.none : wireError.unsupportedEndpointType,
      errorMessage: known ? null : `endpoint type ${endpointType}: this broker lists brokers (1) only`,
      endpointType,
      clusterId: broker.clusterId,
      controllerId: nodeId,
      brokers: known ? [{ id: nodeId, host: reachedAt.host, port: reachedAt.port, rack: null }] : [],
      authorizedOperations: includeAuthorizedOperations ? clusterOperations : -2_147_483_648,
    };
  },
);
