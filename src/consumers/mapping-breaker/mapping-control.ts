import type { LambdaClient } from '@aws-sdk/client-lambda';
import { outageTag } from '../../catalogue/outage-budget.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type Outage, outageText, parseOutage, type SeenMapping } from '../../core/mapping-breaker.ts';
import { boundedRequests } from '../../ports/bounded-requests.ts';

export interface ControlledMapping extends SeenMapping {
  readonly id: string;
  readonly arn: string;
}

/** Looks at mappings, switches them, and keeps with each what is known of its outage. */
export interface MappingControl {
  see(id: string): Promise<ControlledMapping>;
  /** `null` forgets. */
  remember(mapping: ControlledMapping, outage: Outage | null): Promise<void>;
  /** Asks for the switch, which takes a while. A mapping in the middle of another change stays as it is. */
  switch(mapping: ControlledMapping, on: boolean): Promise<void>;
}

/**
 * The mappings of Lambda. A tag of the mapping is the memory: it lives and ends with what it is about, and whoever
 * looks at a mapping sees why it is off.
 *
 * @param client @default one that takes region and credentials from the environment, as the SDK does
 */
export function lambdaMappings(client?: LambdaClient): MappingControl {
  let loading: Promise<Calls> | undefined;
  const calls = async () => (loading ??= loadCalls(client));
  return {
    see: async (id) => explained(id, async () => (await calls()).see(id)),
    remember: async (mapping, outage) => explained(mapping.id, async () => (await calls()).remember(mapping, outage)),
    switch: async (mapping, on) => explained(mapping.id, async () => (await calls()).switch(mapping, on)),
  };
}

type Calls = MappingControl;

async function loadCalls(given: LambdaClient | undefined): Promise<Calls> {
  const sdk = await import('@aws-sdk/client-lambda');
  const client = given ?? new sdk.LambdaClient(boundedRequests);
  return {
    async see(id) {
      const { State = '', EventSourceMappingArn: arn = '' } = await client.send(
        new sdk.GetEventSourceMappingCommand({ UUID: id }),
      );
      const { Tags = {} } = await client.send(new sdk.ListTagsCommand({ Resource: arn }));
      return { id, arn, state: State, outage: parseOutage(Tags[outageTag]) };
    },
    async remember({ arn }, outage) {
      if (outage === null) await client.send(new sdk.UntagResourceCommand({ Resource: arn, TagKeys: [outageTag] }));
      else await client.send(new sdk.TagResourceCommand({ Resource: arn, Tags: { [outageTag]: outageText(outage) } }));
    },
    async switch({ id }, on) {
      try {
        await client.send(new sdk.UpdateEventSourceMappingCommand({ UUID: id, Enabled: on }));
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    },
  };
}

/** Another change of the mapping is under way; the next call finds out what has become of it. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && ['ResourceInUseException', 'ResourceConflictException'].includes(error.name);
}

async function explained<T>(id: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause);
    throw new AppError('EVENTBUS_CONSUMER_MAPPING_OUT_OF_REACH', `mapping ${id}: ${why}`, { cause });
  }
}
