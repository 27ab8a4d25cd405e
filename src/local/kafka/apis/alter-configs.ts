import type { RequestContext } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { boolean, int8, int16, int32, nullableString, string } from '../protocol/primitives.ts';
import { array, struct, type ValueOf } from '../protocol/schema.ts';
import { type ChosenConfig, configFault, listOf, standardConfig, topicConfigs } from '../topic-config.ts';
import { resourceType } from './config-entries.ts';
import { serve } from './serve.ts';

const response = struct({
  throttleTimeMs: int32,
  resources: array(struct({ errorCode: int16, errorMessage: nullableString, type: int8, name: string })),
});

const incrementalRequest = struct({
  resources: array(
    struct({
      type: int8,
      name: string,
      configs: array(struct({ name: string, operation: int8, value: nullableString })),
    }),
  ),
  validateOnly: boolean,
});

const wholeRequest = struct({
  resources: array(
    struct({ type: int8, name: string, configs: array(struct({ name: string, value: nullableString })) }),
  ),
  validateOnly: boolean,
});

export const incrementalAlterConfigsApi: Api<ValueOf<typeof incrementalRequest>, ValueOf<typeof response>> = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  minVersion: 0,
  maxVersion: 1,
  flexibleFrom: 1,
  request: incrementalRequest,
  response,
};

/** The older form: the configuration given replaces all of it. */
export const alterConfigsApi: Api<ValueOf<typeof wholeRequest>, ValueOf<typeof response>> = {
  key: 33,
  name: 'AlterConfigs',
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 2,
  request: wholeRequest,
  response,
};

interface Resource {
  readonly type: number;
  readonly name: string;
}

type Changed = { readonly config: ChosenConfig } | { readonly fault: string };

export const incrementalAlterConfigs = serve(incrementalAlterConfigsApi, ({ resources, validateOnly }, context) => ({
  throttleTimeMs: 0,
  resources: resources.map((resource) =>
    alter(context, resource, {
      validateOnly,
      change: (config) => changeEach(context, config, resource.configs),
    }),
  ),
}));

export const alterConfigs = serve(alterConfigsApi, ({ resources, validateOnly }, context) => ({
  throttleTimeMs: 0,
  resources: resources.map((resource) =>
    alter(context, resource, {
      validateOnly,
      change: () => {
        const set = resource.configs.map((entry) => ({ ...entry, operation: operation.set }));
        return changeEach(context, {}, set);
      },
    }),
  ),
}));

interface Alteration {
  readonly validateOnly: boolean;
  readonly change: (config: ChosenConfig) => Changed;
}

function alter({ broker }: RequestContext, { type, name }: Resource, { validateOnly, change }: Alteration) {
  const answer = (errorCode: number, errorMessage: string | null) => ({ errorCode, errorMessage, type, name });
  if (type === resourceType.broker) {
    return answer(wireError.invalidRequest, 'the settings of the broker are fixed when it is started');
  }
  if (type !== resourceType.topic) {
    return answer(wireError.invalidRequest, `resources of type ${type} have no configuration here`);
  }
  const topic = broker.topics.named(name);
  if (topic === undefined) return answer(wireError.unknownTopicOrPartition, 'there is no such topic');
  const changed = change(topic.config);
  if ('fault' in changed) return answer(wireError.invalidConfig, changed.fault);
  if (!validateOnly) {
    broker.topics.configure(topic, changed.config);
  }
  return answer(wireError.none, null);
}

const operation = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

interface Change {
  readonly name: string;
  readonly operation: number;
  readonly value: string | null;
}

function changeEach({ broker }: RequestContext, before: ChosenConfig, changes: readonly Change[]): Changed {
  const config: Record<string, string> = { ...before };
  for (const change of changes) {
    const { name } = change;
    const entry = topicConfigs[name];
    if (entry === undefined) return { fault: `there is no topic configuration "${name}"` };
    if (change.operation === operation.delete) {
      delete config[name];
      continue;
    }
    if (change.value === null) return { fault: `${name} has no value` };
    const isList = entry.type === 'list';
    if (change.operation !== operation.set && !isList) return { fault: `${name} is no list, it can only be set` };
    const value = combine(change.operation, config[name] ?? standardConfig(name, broker.settings), change.value);
    if (value === undefined) return { fault: `there is no operation ${change.operation}` };
    const fault = configFault(name, value);
    if (fault !== undefined) return { fault };
    config[name] = value;
  }
  return { config };
}

function combine(kind: number, before: string, value: string): string | undefined {
  const given = listOf(value);
  switch (kind) {
    case operation.set:
      return value;
    case operation.append:
      return [...new Set([...listOf(before), ...given])].join(',');
    case operation.subtract:
      return listOf(before)
        .filter((item) => !given.includes(item))
        .join(',');
    default:
      return undefined;
  }
}
