import { environment } from '../catalogue/environment.ts';
import { type Codec, makeCodec } from '../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../codec/schema-ids.ts';
import { AppError } from '../core/errors/app-error.ts';
import { requiredVariable } from '../core/required-variable.ts';
import type { EventPublisher } from '../kafka/publisher.ts';
import { makeSqsDeadLetterQueue } from '../ports/dead-letter-queue/dead-letter-queue.sqs.ts';
import type { DeadLetterQueue } from '../ports/dead-letter-queue/dead-letter-queue.ts';
import { eventRouterFromUrl } from '../ports/event-router/event-router.from-url.ts';
import type { EventRouter } from '../ports/event-router/event-router.ts';
import { objectStoreFromUrl } from '../ports/object-store/object-store.from-url.ts';
import type { ObjectStore } from '../ports/object-store/object-store.ts';
import { poolFromEnvironment } from '../postgres/connection.ts';
import type { Pool } from '../postgres/pool.ts';
import { type FunctionLog, functionLogFromEnvironment } from './function-log.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What handlers are made of. Each part is made when it is first asked for, once. */
export interface Runtime {
  readonly codec: Codec;
  readonly publisher: EventPublisher;
  readonly pool: Pool;
  readonly deadLetters: DeadLetterQueue;
  readonly log: FunctionLog;
  /** Closes what was made. */
  close(): Promise<void>;
}

/** What functions behind the consumers are made of as well. */
export interface WholeRuntime extends Runtime {
  readonly objects: ObjectStore;
  /** Where Lambda writes the records of failed invocations. */
  readonly failedInvocations: ObjectStore;
  readonly router: EventRouter;
}

/**
 * Makes a publisher from the environment, see `publisherFromEnvironment`. Passed in by functions that publish, so that
 * the others are bundled without a Kafka client.
 */
export type PublisherFrom = (env: Environment, codec: Codec, clientId: string) => EventPublisher;

/** The surroundings of a function as the stacks and the embedded platform describe them; see `catalogue/environment.ts`. */
export function runtimeFromEnvironment(env: Environment): Omit<WholeRuntime, 'publisher'>;
export function runtimeFromEnvironment(env: Environment, publisherFrom: PublisherFrom): WholeRuntime;
export function runtimeFromEnvironment(env: Environment, publisherFrom?: PublisherFrom): WholeRuntime {
  const closers: (() => Promise<void>)[] = [];
  const name = env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'event-bus';
  const log = once(() => functionLogFromEnvironment(env));
  const codec = once(() => makeCodec(schemaIdsFromEnvironment(env)));
  const publisher = once(() => {
    if (publisherFrom === undefined) {
      throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `${name} was wired without a publisher`);
    }
    const made = publisherFrom(env, codec(), name);
    closers.push(() => made.close());
    return made;
  });
  const pool = once(() => {
    const made = poolFromEnvironment(env, {
      applicationName: name,
      onIdleError: ({ code, message }) => log().warn({ code }, message),
    });
    closers.push(() => made.end());
    return made;
  });
  const objects = once(() => objectStoreFromUrl(requiredVariable(env, environment.objects)));
  const failedInvocations = once(() => {
    const url = env[environment.failedInvocations];
    return url === undefined || url === '' ? objects() : objectStoreFromUrl(url);
  });
  const router = once(() => eventRouterFromUrl(requiredVariable(env, environment.eventRouter)));
  const deadLetters = once(() =>
    makeSqsDeadLetterQueue({ queueUrl: requiredVariable(env, environment.deadLetterQueueUrl), objects }),
  );
  return {
    get codec() {
      return codec();
    },
    get publisher() {
      return publisher();
    },
    get pool() {
      return pool();
    },
    get deadLetters() {
      return deadLetters();
    },
    get objects() {
      return objects();
    },
    get failedInvocations() {
      return failedInvocations();
    },
    get router() {
      return router();
    },
    get log() {
      return log();
    },
    async close() {
      await Promise.all(closers.splice(0).map((close) => close()));
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
