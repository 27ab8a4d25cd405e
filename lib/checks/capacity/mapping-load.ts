import type { Catalogue, Consumer } from '../../../src/catalogue/model.ts';
import { limits } from './broker-limits.ts';
import { mappedConsumers, type TopicLoad } from './topic-load.ts';

const mb = 1_000_000;

/**
 * Events a second that one invocation with 1 GB of memory works off, decoding and sink included: a third of what was
 * measured for the batch engine on a core of the same share.
 */
export const eventsPerInvocation = 5_000;

/** What one event source mapping needs. */
export interface MappingLoad {
  readonly consumer: Consumer;
  readonly load: TopicLoad;
  /** Invocations side by side that keep up with the topic. */
  readonly invocations: number;
  /** Pollers that keep up with its bytes and with those invocations. */
  readonly pollers: number;
}

/** The mappings of a catalogue: one a consumer and topic. */
export function mappingLoads(catalogue: Catalogue, loads: readonly TopicLoad[]): readonly MappingLoad[] {
  return mappedConsumers(catalogue).flatMap((consumer) =>
    loads
      .filter(({ topic }) => consumer.topics.includes(topic.name))
      .map((load) => {
        const perInvocation = eventsPerInvocation * (consumer.memoryMb / 1_024);
        const invocations = Math.max(1, Math.ceil(load.eventsPerSecond / perInvocation));
        const forBytes = Math.ceil(load.bytesPerSecond / (limits.pollerMb * mb));
        return {
          consumer,
          load,
          invocations,
          pollers: Math.max(forBytes, Math.ceil(invocations / limits.pollerInvocations)),
        };
      }),
  );
}
