import { AppError } from '../../core/errors/app-error.ts';
import type { DeliveryLog } from './delivery-log.ts';
import type { DeliveryState } from './delivery-state.ts';
import { keyOf, type PartitionBounds, type PartitionPosition } from './log-source.ts';

interface Place {
  offset: number;
  /** Set when the partition cannot be read on from here without losing or doubling records. */
  stalled: boolean;
  /** Not read before this time, ms by the caller's clock; after a failure. */
  restsUntilMs: number;
}

/** How far each partition has been read, kept within what the log still has. */
export class Positions {
  readonly #places = new Map<string, Place & { readonly topic: string; readonly partition: number }>();
  readonly #state: DeliveryState;
  readonly #log: DeliveryLog;

  constructor(committed: readonly PartitionPosition[], state: DeliveryState, log: DeliveryLog) {
    for (const { topic, partition, offset } of committed) {
      this.#places.set(keyOf({ topic, partition }), { topic, partition, offset, stalled: false, restsUntilMs: 0 });
    }
    this.#state = state;
    this.#log = log;
  }

  /** Takes in what partitions there are and what they hold. */
  reconcile(bounds: readonly PartitionBounds[]): void {
    for (const bound of bounds) {
      const key = keyOf(bound);
      const place = this.#places.get(key);
      const known = this.#state.topicId(bound.topic, bound.topicId);
      if (place === undefined) {
        const { topic, partition, start } = bound;
        this.#places.set(key, { topic, partition, offset: start, stalled: false, restsUntilMs: 0 });
        if (known !== bound.topicId) this.#stall(key, bound);
      } else if (known !== bound.topicId || place.offset > bound.end) {
        this.#stall(key, bound);
      } else if (place.offset < bound.start) {
        this.#reportLoss(bound, place.offset);
        place.offset = bound.start;
      }
    }
  }

  readable(nowMs: number): readonly PartitionPosition[] {
    return [...this.#places.values()].filter(({ stalled, restsUntilMs }) => !stalled && restsUntilMs <= nowMs);
  }

  /** Leaves a partition that cannot be read alone for a while; says so. */
  rest({ topic, partition }: Omit<PartitionPosition, 'offset'>, failure: AppError, untilMs: number): void {
    const place = this.#places.get(keyOf({ topic, partition }));
    if (place === undefined) return;
    place.restsUntilMs = untilMs;
    this.#log.warn({ code: failure.code, topic, partition, offset: place.offset }, failure.message);
  }

  stalled(): readonly PartitionPosition[] {
    return [...this.#places.values()].filter(({ stalled }) => stalled);
  }

  /** Sets where the partition is read on from, and says where that was before. */
  move({ topic, partition, offset }: PartitionPosition): number {
    const place = this.#places.get(keyOf({ topic, partition }));
    if (place === undefined) return offset;
    const before = place.offset;
    place.offset = offset;
    return before;
  }

  /** Whether everything below the bounds' ends has been read, stalled partitions aside. */
  reached(bounds: readonly PartitionBounds[]): boolean {
    return bounds.every(({ topic, partition, end }) => {
      const place = this.#places.get(keyOf({ topic, partition }));
      return place !== undefined && (place.stalled || place.offset >= end);
    });
  }

  #stall(key: string, { topic, partition, end }: PartitionBounds): void {
    const place = this.#places.get(key);
    if (place === undefined || place.stalled) return;
    place.stalled = true;
    const error = new AppError(
      'EVENTBUS_LAKE_POSITION_AHEAD',
      `${topic}-${partition} is in the lake up to offset ${place.offset}, the log of that name ends at ${end}`,
    );
    this.#log.error({ code: error.code, topic, partition, offset: place.offset, end }, error.message);
  }

  #reportLoss({ topic, partition, start }: PartitionBounds, offset: number): void {
    const what = `${topic}-${partition}: offsets ${offset} to ${start - 1} are gone`;
    const error = new AppError('EVENTBUS_LAKE_POSITION_LOST', what);
    this.#log.error({ code: error.code, topic, partition, offset, start }, error.message);
  }
}
