import { nodeId, type RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, int8, int16, int32, nullableString, string } from '../protocol/primitives.ts';
import { array, nullableArray, since, struct, until, type ValueOf } from '../protocol/schema.ts';
import { topicNameFault } from '../topics.ts';
import {
  type ConfigEntry,
  configSource,
  describeBrokerConfig,
  describeTopicConfig,
  resourceType,
} from './config-entries.ts';
import { serve } from './serve.ts';

const request = struct({
  resources: array(struct({ type: int8, name: string, keys: nullableArray(string) })),
  includeSynonyms: since(1, boolean),
  includeDocumentation: since(3, boolean),
});

const config = struct({
  name: string,
  value: nullableString,
  readOnly: boolean,
  isDefault: until(0, boolean),
  configSource: since(1, int8, -1),
  isSensitive: boolean,
  synonyms: since(1, array(struct({ name: string, value: nullableString, source: int8 }))),
  configType: since(3, int8),
  documentation: since(3, nullableString),
});

const response = struct({
  throttleTimeMs: int32,
  resources: array(
    struct({
      errorCode: int16,
      errorMessage: nullableString,
      type: int8,
      name: string,
      configs: array(config),
    }),
  ),
});

export const describeConfigsApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 32,
  name: 'DescribeConfigs',
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 4,
  request,
  response,
};

type DescribeRequest = ValueOf<typeof request>;

export const describeConfigs = serve(describeConfigsApi, (request, context) => ({
  throttleTimeMs: 0,
  resources: request.resources.map(({ type, name, keys }) => {
    const found = entriesOf(context, type, name);
    if ('error' in found) return { errorCode: found.error, errorMessage: found.why, type, name, configs: [] };
    const chosen = found.entries.filter((entry) => keys === null || keys.includes(entry.name));
    return {
      errorCode: wireError.none,
      errorMessage: null,
      type,
      name,
      configs: chosen.map((entry) => describe(entry, request)),
    };
  }),
}));

type Found = { readonly entries: readonly ConfigEntry[] } | { readonly error: number; readonly why: string };

function entriesOf({ broker }: RequestContext, type: number, name: string): Found {
  if (type === resourceType.topic) {
    const fault = topicNameFault(name);
    if (fault !== undefined) return { error: wireError.invalidTopic, why: fault };
    const topic = broker.topics.named(name);
    if (topic === undefined) return { error: wireError.unknownTopicOrPartition, why: 'there is no such topic' };
    return { entries: describeTopicConfig(topic.config, broker.settings) };
  }
  if (type === resourceType.broker) {
    if (name === String(nodeId)) return { entries: describeBrokerConfig(broker.settings) };
    // The empty name stands for what was changed for all brokers at run time, which is nothing.
    if (name === '') return { entries: [] };
    return { error: wireError.invalidRequest, why: `there is no broker "${name}", only ${nodeId}` };
  }
  return { error: wireError.invalidRequest, why: `resources of type ${type} have no configuration here` };
}

const describe = (entry: ConfigEntry, { includeSynonyms, includeDocumentation }: DescribeRequest) => ({
  ...entry,
  isDefault: entry.configSource === configSource.standard,
  synonyms: includeSynonyms ? [{ name: entry.name, value: entry.value, source: entry.configSource }] : [],
  documentation: includeDocumentation ? entry.documentation : null,
});
