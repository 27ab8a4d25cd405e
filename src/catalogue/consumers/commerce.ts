import type { Consumer } from '../model.ts';
import { crashes } from './crashes.ts';

/** Consumers of the shop's events. */
export const commerceConsumers = [
  {
    name: 'order-saga',
    topics: ['order-events', 'payment-events'],
    // It cancels orders and takes payments itself as well: what comes back of that finds the saga where it left it.
    actsOn: ['order.created', 'order.cancelled', 'payment.processed', 'payment.failed'],
    batchSize: 100,
    batchWindowMs: 20,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 4,
    sinks: [
      'topic:order-events',
      'topic:inventory-events',
      'topic:payment-events',
      'table:saga_instance',
      'table:event_stream',
      'table:stored_event',
      'table:handled_command',
      'table:outbox',
      'table:simulated_payment',
    ],
    memoryMb: 1_024,
    timeoutMs: 60_000,
    description: 'Leads each order through stock and payment to its completion, or undoes what was done of it.',
  },
  {
    name: 'order-projector',
    topics: ['order-events', 'payment-events', 'inventory-events', 'customer-events'],
    batchSize: 500,
    batchWindowMs: 50,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 4,
    sinks: [
      'table:commerce_event',
      'table:order_current',
      'table:payment_current',
      'table:stock_current',
      'table:customer_current',
    ],
    memoryMb: 1_024,
    timeoutMs: 60_000,
    description:
      'Keeps the read models of the shop: orders, payments, stock, customers, and the trail of their events.',
  },
] as const satisfies readonly Consumer[];
