import type { CleanedReading, VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { textArray, timestamptzArray, uuidArray } from '../../postgres/binary-array.ts';
import { inTransaction, onConnection, type Pool } from '../../postgres/pool.ts';
import { recordSkips, type SkippedRecord } from '../../postgres/skipped-records.ts';
import { storedEventId } from '../../postgres/stored-event-id.ts';
import { TimePartitions } from '../../postgres/time-partitions.ts';
import type { BatchProcessor, Item, Outcome, PartitionBatch } from '../batch/processor.ts';
import { type Cleaned, isVehicle } from '../cleaned-item.ts';
import { DeviceMetadata } from './device-metadata.ts';
import { measurementTable, type ReadingTable, vehicleTable } from './reading-tables.ts';

export const timeseriesWriter = 'timeseries-writer';

interface StoredCopy {
  readonly event_id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Rows of one table, and what is known about its partitions. */
class TableWriter<T extends Cleaned> {
  readonly #pool: Pool;
  readonly #table: ReadingTable<T>;
  readonly #partitions: TimePartitions;

  constructor(pool: Pool, table: ReadingTable<T>) {
    this.#pool = pool;
    this.#table = table;
    this.#partitions = new TimePartitions(table.table, table.granularity);
  }

  /** Writes the items in one statement, which is one transaction; returns the skips among them. */
  async write(at: PartitionBatch<unknown>, items: readonly Item<T>[]): Promise<readonly SkippedRecord[]> {
    if (items.length === 0) return [];
    const times = items.map(({ value }) => value.time);
    const columns = this.#table.columns(items);
    await this.#partitions.ensure(this.#pool, times);
    const inserted = await onConnection(this.#pool, (client) =>
      client.query({
        name: `insert-${this.#table.table}`,
        text: this.#table.insertSql,
        values: [at.topic, at.partition, ...columns],
      }),
    );
    return inserted.rowCount === this.#table.rowCount(items) ? [] : this.#copies(at, items);
  }

  /** Something was stored before: either this very record (a redelivery) or an earlier copy of the same event. */
  async #copies(at: PartitionBatch<unknown>, items: readonly Item<T>[]): Promise<readonly SkippedRecord[]> {
    const { rows } = await onConnection(this.#pool, (client) =>
      client.query<StoredCopy>(this.#table.storedSql, [
        textArray(items.map(({ value }) => this.#table.deviceId(value))),
        timestamptzArray(items.map(({ value }) => value.time)),
        uuidArray(items.map(({ event }) => storedEventId(event.id))),
      ]),
    );
    const stored = new Map(rows.map((row) => [row.event_id, row]));
    return items.flatMap(({ event, offset }) => {
      const copy = stored.get(storedEventId(event.id));
      const same = copy?.topic === at.topic && copy.partition === at.partition && copy.offset === offset;
      if (copy === undefined || same) return [];
      const detail = `stored from ${copy.topic}-${copy.partition} at offset ${copy.offset}`;
      return [{ offset, item: -1, eventId: event.id, reason: 'duplicate', detail }];
    });
  }
}

const applied: Outcome = { fate: 'applied' };

/**
 * Writes cleaned readings to the time series: one row a vehicle reading, one row a measured value. Rows are keyed by
 * the event, so a redelivery changes nothing and a second copy of an event at another offset is recorded as skipped.
 */
export function makeTimeseriesProcessor(pool: Pool): BatchProcessor<Cleaned> {
  const vehicles = new TableWriter<VehicleTelemetry>(pool, vehicleTable);
  const measurements = new TableWriter<CleanedReading>(pool, measurementTable);
  const devices = new DeviceMetadata(pool);
  return {
    async apply(batch) {
      const { vehicle, measured, empty } = sorted(batch.items);
      await devices.note(batch.items);
      const skips = [
        ...empty,
        ...(await vehicles.write(batch, vehicle)),
        ...(await measurements.write(batch, measured)),
      ];
      if (skips.length === 0) return batch.items.map(() => applied);
      const { topic, partition } = batch;
      const at = { consumer: timeseriesWriter, topic, partition };
      await inTransaction(pool, (client) => recordSkips(client, at, skips));
      const reasons = new Map(skips.map(({ offset, reason }) => [offset, reason]));
      return batch.items.map(({ offset }) => outcome(reasons.get(offset)));
    },
  };
}

function outcome(reason: string | undefined): Outcome {
  if (reason === undefined) return applied;
  return { fate: 'skipped', reason: reason === 'duplicate' ? 'duplicate' : 'rejected' };
}

function sorted(items: readonly Item<Cleaned>[]) {
  const vehicle: Item<VehicleTelemetry>[] = [];
  const measured: Item<CleanedReading>[] = [];
  const empty: SkippedRecord[] = [];
  for (const item of items) {
    const { value, offset, event } = item;
    if (isVehicle(value)) vehicle.push(item as Item<VehicleTelemetry>);
    else if (value.measurements.length > 0) measured.push(item as Item<CleanedReading>);
    else empty.push({ offset, item: -1, eventId: event.id, reason: 'rejected', detail: 'it measures nothing' });
  }
  return { vehicle, measured, empty };
}
