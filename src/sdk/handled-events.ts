import type { BatchProcessor, Item, Outcome, PartitionBatch } from '../consumers/batch/processor.ts';
import { subjectOf } from '../consumers/subject-of.ts';
import { AppError } from '../core/errors/app-error.ts';
import type { BusEvent } from './bus-event.ts';
import type { HandlerContext } from './event-bus.ts';
import { busEventOf } from './made-event.ts';
import type { SubscribedPartition } from './subscribed-partition.ts';
import { traceHandling } from './tracing.ts';

export type AnyHandler = (event: BusEvent, context: HandlerContext) => unknown;

export interface HandledEventsOptions {
  readonly group: string;
  readonly handler: AnyHandler;
  /** Types that reach the handler, by topic; a topic that is absent gives all. */
  readonly types: ReadonlyMap<string, ReadonlySet<string>>;
  /** The partition that is being delivered. */
  readonly partition: (name: string) => SubscribedPartition | undefined;
  /** Resolves when events may be handled; at once unless the subscription is paused. */
  readonly untilRunning: () => Promise<void>;
  readonly stopping: () => boolean;
  readonly onHandled: () => void;
}

/** Hands events to the handler, as the batch engine's processor. */
export function makeHandledEvents(options: HandledEventsOptions): BatchProcessor<unknown> {
  return {
    async apply({ topic, partition, items }: PartitionBatch<unknown>): Promise<readonly Outcome[]> {
      const state = options.partition(`${topic}-${partition}`);
      const outcomes: Outcome[] = [];
      for (const item of items) {
        await options.untilRunning();
        if (state === undefined || state.revoked || options.stopping()) {
          throw new AppError('EVENTBUS_SDK_STOPPING', `${topic}-${partition} at offset ${item.offset}`);
        }
        outcomes.push(await handleItem(item, state, options));
      }
      return outcomes;
    },
  };
}

async function handleItem(
  item: Item<unknown>,
  state: SubscribedPartition,
  { types, group, handler, onHandled }: HandledEventsOptions,
): Promise<Outcome> {
  if (types.get(item.topic)?.has(item.event.type) === false) return { fate: 'skipped', reason: 'filtered' };
  state.attempts += 1;
  const told = { attempt: state.attempts, signal: state.signal };
  const event = busEventOf(item, subjectOf(item.topic));
  try {
    await traceHandling(event, group, async () => handler(event, told));
  } catch (error) {
    throw coded(error, item);
  }
  onHandled();
  return { fate: 'applied' };
}

/** What the handler threw, with the handler's own stack: of the bus's errors the kind decides, all others are transient. */
function coded(error: unknown, { topic, partition, offset, event }: Item<unknown>): AppError {
  if (error instanceof AppError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const what = `${event.type} at ${topic}-${partition} offset ${offset}: ${cause.message}`;
  const failure = new AppError('EVENTBUS_SDK_HANDLER_FAILED', what, { cause });
  if (cause.stack !== undefined) failure.stack = cause.stack;
  return failure;
}
