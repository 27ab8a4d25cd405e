import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { recordSkips } from '../../postgres/skipped-records.ts';
import type { BatchProcessor, Outcome } from '../batch/processor.ts';
import { type Commerce, type CommerceItem, type CommerceKind, commerceItemOf, type OfKind } from './commerce-item.ts';
import { writeCustomers, writeOrders, writePayments } from './current-rows.ts';
import { addToTrail } from './event-trail.ts';
import { writeStock } from './stock-rows.ts';

export const orderProjector = 'order-projector';

const applied: Outcome = { fate: 'applied' };
const duplicate: Outcome = { fate: 'skipped', reason: 'duplicate' };

/**
 * Keeps the read models of the shop: the trail of events, and orders, payments, stock and customers as they are now. The
 * trail says what is contained, so a redelivery changes nothing; the version of a row keeps late events from undoing
 * what later ones did.
 */
export function makeOrderProjectorProcessor(pool: Pool): BatchProcessor<Commerce> {
  return {
    async apply({ topic, partition, items }) {
      const events = items.map(commerceItemOf);
      const skipped = await inTransaction(pool, async (client) => {
        const { fresh, copies } = await addToTrail(client, { topic, partition }, events);
        await writeCurrent(client, fresh);
        await recordSkips(client, { consumer: orderProjector, topic, partition }, copies);
        return new Set(copies.map(({ offset }) => offset));
      });
      return items.map(({ offset }) => (skipped.has(offset) ? duplicate : applied));
    },
  };
}

async function writeCurrent(client: PoolClient, fresh: readonly CommerceItem[]): Promise<void> {
  await writeOrders(client, ofKind(fresh, 'order'));
  await writePayments(client, ofKind(fresh, 'payment'));
  await writeStock(client, ofKind(fresh, 'inventory'));
  await writeCustomers(client, ofKind(fresh, 'customer'));
}

function ofKind<K extends CommerceKind>(items: readonly CommerceItem[], kind: K): readonly OfKind<K>[] {
  return items.filter((item): item is OfKind<K> => item.kind === kind);
}
