import { derivedId } from '../../codec/event-id.ts';
import { entityIdOf } from '../../core/mobility/entity.ts';
import type { EventPublisher, OutgoingEvent } from '../../kafka/publisher.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { recordSkips } from '../../postgres/skipped-records.ts';
import { storableText } from '../../postgres/storable-text.ts';
import type { BatchProcessor, Outcome } from '../batch/processor.ts';
import type { ConsumerPartition } from '../keyed-state-store.ts';
import { lockEntities, storeEntities } from './availability-table.ts';
import { readBookings, storeBookings } from './booking-table.ts';
import { type Asked, type ChangedEntity, type Folded, foldBookings, foldEntities } from './fold-batch.ts';
import { lockPosition, movePosition } from './partition-position.ts';
import { type MobilityValue, type Reading, readRecord } from './read-record.ts';
import { storeTrips } from './trip-table.ts';

export const inventoryProjector = 'inventory-projector';

export interface ProjectorDependencies {
  readonly pool: Pool;
  readonly publisher: Pick<EventPublisher, 'publish'>;
}

const appliedBefore: Outcome = { fate: 'skipped', reason: 'duplicate' };

/**
 * Folds events of bays, vehicles and bookings into availability. A station is told of by several partitions, so each
 * batch locks the rows that it changes, publishes their new values, stores them and the position, and commits when both
 * are done: whoever comes next to a row has to wait until what it builds on is both published and stored. So the log
 * has the values of a key in the order of the table. What a crash leaves published but not stored is published again,
 * with the values that the table then gets.
 */
export function makeInventoryProcessor({ pool, publisher }: ProjectorDependencies): BatchProcessor<MobilityValue> {
  return {
    async apply({ topic, partition, items }) {
      const at = { consumer: inventoryProjector, topic, partition };
      const readings = items.map(readRecord);
      return inTransaction(pool, async (client) => {
        const position = await lockPosition(client, at);
        const open = readings.filter(({ item }) => item.offset >= (position ?? 0));
        const outcomes = Array.from({ length: readings.length - open.length }, () => appliedBefore);
        const last = open.at(-1);
        if (last === undefined) return outcomes;
        const advance = { from: position, to: last.item.offset + 1 };
        return [...outcomes, ...(await applyOpen(client, { at, open, advance, publisher }))];
      });
    },
  };
}

interface OpenBatch {
  readonly at: ConsumerPartition;
  readonly open: readonly Reading[];
  readonly advance: { readonly from: number | null; readonly to: number };
  readonly publisher: ProjectorDependencies['publisher'];
}

async function applyOpen(client: PoolClient, { at, open, advance, publisher }: OpenBatch): Promise<readonly Outcome[]> {
  const { asked, bookings } = foldBookings(open, await readBookings(client, bookingIdsOf(open)));
  const folded = foldEntities(asked, await lockEntities(client, entityIdsOf(asked)));
  const events = folded.entities.flatMap(updateOf);
  const stored = Promise.all([
    storeEntities(client, folded.entities),
    storeBookings(client, [...bookings.values()]),
    storeTrips(client, folded.trips),
    recordSkips(client, at, storable(folded.skips)),
    movePosition(client, at, advance),
  ]);
  await bothDone(events.length === 0 ? Promise.resolve() : publisher.publish(events), stored);
  return folded.outcomes;
}

/** Waits for both also when one fails: nobody may have the rows before the log has all that it will get from here. */
async function bothDone(published: Promise<unknown>, stored: Promise<unknown>): Promise<void> {
  for (const end of await Promise.allSettled([published, stored])) if (end.status === 'rejected') throw end.reason;
}

const bookingIdsOf = (readings: readonly Reading[]) => [
  ...new Set(readings.flatMap((reading) => (reading.kind === 'booking' ? [reading.event.bookingId] : []))),
];

const entityIdsOf = (asked: readonly Asked[]) => [
  ...new Set(asked.flatMap(({ changes }) => changes.map((change) => entityIdOf(change)))),
];

/** The same change of the same entity has the same id, however often it is published. */
function updateOf({ entityId, tell, revision, sourceEventId, traceparent }: ChangedEntity): readonly OutgoingEvent[] {
  if (tell === null) return [];
  const id = derivedId(sourceEventId, `${inventoryProjector}/${entityId}`, revision);
  const time = new Date(tell.updatedAt).toISOString();
  return [
    {
      topic: 'veh.inventory.updates',
      key: entityId,
      subject: 'InventoryUpdate',
      value: { ...tell, sourceEventId },
      event: { id, source: '/inventory-projector', type: 'inventory.availability.changed', time, traceparent },
    },
  ];
}

function storable(skips: Folded['skips']): Folded['skips'] {
  return skips.map((skip) => ({
    ...skip,
    eventId: storableText(skip.eventId),
    detail: skip.detail === null ? null : storableText(skip.detail),
  }));
}
