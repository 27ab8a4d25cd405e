import type { Rule } from './rule.ts';
import { channel } from './rules/channel.ts';
import { clusterShape } from './rules/cluster-shape.ts';
import { consumerGroups } from './rules/consumer-groups.ts';
import { eventSourceFailure } from './rules/event-source-failure.ts';
import { eventSourceRights } from './rules/event-source-rights.ts';
import { grpcListener } from './rules/grpc-listener.ts';
import { iotRule } from './rules/iot-rule.ts';
import { parquetStream } from './rules/parquet-stream.ts';
import { policyWildcard } from './rules/policy-wildcard.ts';
import { replicator } from './rules/replicator.ts';
import { scramSecret } from './rules/scram-secret.ts';
import { stackOutputExists } from './rules/stack-output-exists.ts';
import { stackOutputPlace } from './rules/stack-output-place.ts';
import { templateSize } from './rules/template-size.ts';
import { topicDurability } from './rules/topic-durability.ts';

/** Every rule of our own, run on every stack. */
export const rules: readonly Rule[] = [
  channel,
  clusterShape,
  consumerGroups,
  eventSourceFailure,
  eventSourceRights,
  grpcListener,
  iotRule,
  parquetStream,
  policyWildcard,
  replicator,
  scramSecret,
  stackOutputExists,
  stackOutputPlace,
  templateSize,
  topicDurability,
];
