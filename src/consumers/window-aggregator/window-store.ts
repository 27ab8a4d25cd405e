import { AppError } from '../../core/errors/app-error.ts';
import { decimalOf, type PartialWindow } from '../../core/windows/partial-windows.ts';
import { float8Array, int8Array, textArray, timestamptzArray, uuidArray } from '../../postgres/binary-array.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { recordSkips, type SkippedRecord } from '../../postgres/skipped-records.ts';
import { TimePartitions } from '../../postgres/time-partitions.ts';

/** A reading as the set of applied readings knows it. */
export interface AppliedReading {
  /** UUID. */
  readonly eventId: string;
  readonly deviceId: string;
  readonly timeMs: number;
  readonly offset: number;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

const insertApplied = `
  insert into window_applied (topic, partition, device_id, time, event_id, "offset")
  select $1::text, $2::integer, r.* from unnest($3::text[], $4::timestamptz[], $5::uuid[], $6::bigint[]) as r
  on conflict do nothing`;

const storedSql = `
  select a.event_id, a.topic, a.partition, a."offset"
  from unnest($1::text[], $2::timestamptz[], $3::uuid[]) as i(device_id, time, event_id)
  join window_applied a using (device_id, time, event_id)`;

const mergeWindows = `
  insert into reading_window as w (device_id, metric, window_start, unit, count, minimum, total, maximum)
  select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[], $6::float8[],
    $7::numeric[], $8::float8[])
  on conflict (device_id, metric, window_start) do update set
    count = w.count + excluded.count,
    minimum = least(w.minimum, excluded.minimum),
    total = w.total + excluded.total,
    maximum = greatest(w.maximum, excluded.maximum)`;

interface StoredCopy extends Place {
  readonly event_id: string;
  readonly offset: number;
}

/** Signals that the quick way met a reading that is applied already; rolls the transaction back. */
class AppliedBefore extends Error {}

/** The tables of the windows. */
export class WindowStore {
  readonly #pool: Pool;
  readonly #consumer: string;
  readonly #appliedDays = new TimePartitions('window_applied', 'day');
  readonly #windowMonths = new TimePartitions('reading_window', 'month', 70);

  constructor(pool: Pool, consumer: string) {
    this.#pool = pool;
    this.#consumer = consumer;
  }

  async ensurePartitions(timesMs: readonly number[], windowStartsMs: readonly number[]): Promise<void> {
    await this.#appliedDays.ensure(this.#pool, timesMs);
    await this.#windowMonths.ensure(this.#pool, windowStartsMs);
  }

  /** The usual case, in two round trips: all readings are new. False, and nothing changed, when one of them is not. */
  async addNew(
    at: Place,
    add: { readonly readings: readonly AppliedReading[]; readonly windows: readonly PartialWindow[] },
  ): Promise<boolean> {
    try {
      await inTransaction(this.#pool, async (client) => {
        const inserted = await insert(client, at, add.readings);
        if (inserted !== add.readings.length) throw new AppliedBefore();
        await merge(client, add.windows);
      });
      return true;
    } catch (error) {
      if (error instanceof AppliedBefore) return false;
      throw error;
    }
  }

  /** Adds those readings that are new and records the other copies; returns the offsets that were skipped. */
  async addSome<R extends AppliedReading>(
    at: Place,
    add: {
      readonly readings: readonly R[];
      /** Later copies of `readings` within the batch. */
      readonly repeated: readonly R[];
      readonly windowsOf: (readings: readonly R[]) => readonly PartialWindow[];
    },
  ): Promise<ReadonlySet<number>> {
    const { topic, partition } = at;
    return inTransaction(this.#pool, async (client) => {
      const copies = new Map(await storedCopies(client, add.readings));
      const fresh = add.readings.filter(({ eventId }) => !copies.has(eventId));
      if ((await insert(client, at, fresh)) !== fresh.length) {
        throw new AppError('EVENTBUS_POSTGRES_CONFLICT', `${topic}-${partition} is being aggregated twice at once`);
      }
      await merge(client, add.windowsOf(fresh));
      for (const { eventId, offset } of fresh) copies.set(eventId, { event_id: eventId, topic, partition, offset });
      const skips = [...add.readings, ...add.repeated].flatMap((reading) => {
        const copy = copies.get(reading.eventId);
        return copy === undefined || isSame(copy, at, reading.offset) ? [] : [duplicateOf(reading, copy)];
      });
      await recordSkips(client, { consumer: this.#consumer, topic, partition }, skips);
      return new Set(skips.map(({ offset }) => offset));
    });
  }
}

function isSame(copy: StoredCopy, at: Place, offset: number): boolean {
  return copy.topic === at.topic && copy.partition === at.partition && copy.offset === offset;
}

function duplicateOf(reading: AppliedReading, first: StoredCopy): SkippedRecord {
  const detail = `applied from ${first.topic}-${first.partition} at offset ${first.offset}`;
  return { offset: reading.offset, item: -1, eventId: reading.eventId, reason: 'duplicate', detail };
}

async function insert(client: PoolClient, at: Place, readings: readonly AppliedReading[]): Promise<number> {
  if (readings.length === 0) return 0;
  const result = await client.query({
    name: 'insert-window-applied',
    text: insertApplied,
    values: [
      at.topic,
      at.partition,
      textArray(readings.map(({ deviceId }) => deviceId)),
      timestamptzArray(readings.map(({ timeMs }) => timeMs)),
      uuidArray(readings.map(({ eventId }) => eventId)),
      int8Array(readings.map(({ offset }) => offset)),
    ],
  });
  return result.rowCount ?? 0;
}

async function storedCopies(
  client: PoolClient,
  readings: readonly AppliedReading[],
): Promise<ReadonlyMap<string, StoredCopy>> {
  const { rows } = await client.query<StoredCopy>(storedSql, [
    textArray(readings.map(({ deviceId }) => deviceId)),
    timestamptzArray(readings.map(({ timeMs }) => timeMs)),
    uuidArray(readings.map(({ eventId }) => eventId)),
  ]);
  return new Map(rows.map((row) => [row.event_id, row]));
}

async function merge(client: PoolClient, windows: readonly PartialWindow[]): Promise<void> {
  if (windows.length === 0) return;
  await client.query({
    name: 'merge-windows',
    text: mergeWindows,
    values: [
      textArray(windows.map(({ deviceId }) => deviceId)),
      textArray(windows.map(({ metric }) => metric)),
      timestamptzArray(windows.map(({ startMs }) => startMs)),
      textArray(windows.map(({ unit }) => unit)),
      int8Array(windows.map(({ count }) => count)),
      float8Array(windows.map(({ minimum }) => minimum)),
      // A list of plain decimals needs no quotes.
      `{${windows.map(({ totalMillionths }) => decimalOf(totalMillionths)).join()}}`,
      float8Array(windows.map(({ maximum }) => maximum)),
    ],
  });
}
