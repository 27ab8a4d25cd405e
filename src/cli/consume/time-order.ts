import type { RawRecord } from '../../kafka/record-decoding.ts';

interface TimeOrderOptions {
  /** Offset that each partition is read up to; partitions with nothing to read are left out. */
  readonly ends: ReadonlyMap<number, number>;
  /** Memory for records that wait for those of other partitions; beyond it the order is given up for a while. */
  readonly maxHeldBytes: number;
}

interface Lane {
  queue: RawRecord[];
  at: number;
  readonly end: number;
  done: boolean;
}

/**
 * Merges the records of partitions by their time; within a partition the order of offsets stays. When reading fails, what
 * was read comes out first.
 */
export async function* inTimeOrder(
  batches: AsyncIterable<readonly RawRecord[]>,
  { ends, maxHeldBytes }: TimeOrderOptions,
): AsyncGenerator<readonly RawRecord[]> {
  const lanes = new Map<number, Lane>();
  for (const [partition, end] of ends) lanes.set(partition, { queue: [], at: 0, end, done: false });
  let heldBytes = 0;
  let failure: { readonly error: unknown } | undefined;
  const readable = untilFailure(batches, (error) => {
    failure = { error };
  });
  for await (const batch of readable) {
    heldBytes += take(lanes, batch);
    const ready: RawRecord[] = [];
    while (heldBytes > maxHeldBytes || waitsForNone(lanes)) {
      const record = earliest(lanes);
      if (record === undefined) break;
      heldBytes -= bytesOf(record);
      ready.push(record);
    }
    if (ready.length > 0) yield ready;
  }
  const rest: RawRecord[] = [];
  for (let record = earliest(lanes); record !== undefined; record = earliest(lanes)) rest.push(record);
  if (rest.length > 0) yield rest;
  if (failure !== undefined) throw failure.error;
}

async function* untilFailure<T>(items: AsyncIterable<T>, failed: (error: unknown) => void): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    failed(error);
  }
}

function take(lanes: Map<number, Lane>, batch: readonly RawRecord[]): number {
  const last = batch.at(-1);
  if (last === undefined) return 0;
  const lane = lanes.get(last.partition) ?? { queue: [], at: 0, end: 0, done: false };
  lanes.set(last.partition, lane);
  lane.queue = lane.queue.slice(lane.at).concat(batch);
  lane.at = 0;
  lane.done = last.offset + 1 >= lane.end;
  return batch.reduce((sum, record) => sum + bytesOf(record), 0);
}

/** True when no partition that goes on is empty, so that nothing earlier than the earliest head can come. */
function waitsForNone(lanes: ReadonlyMap<number, Lane>): boolean {
  for (const { queue, at, done } of lanes.values()) if (!done && at >= queue.length) return false;
  return true;
}

function earliest(lanes: ReadonlyMap<number, Lane>): RawRecord | undefined {
  let found: Lane | undefined;
  let foundMs = Number.POSITIVE_INFINITY;
  for (const lane of lanes.values()) {
    const head = lane.queue[lane.at];
    if (head !== undefined && head.timestampMs < foundMs) {
      found = lane;
      foundMs = head.timestampMs;
    }
  }
  if (found === undefined) return undefined;
  const record = found.queue[found.at];
  found.at += 1;
  return record;
}

function bytesOf({ value }: RawRecord): number {
  return 100 + (value?.length ?? 0);
}
