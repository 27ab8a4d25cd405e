import type { Consumer } from '../model.ts';
import { crashes } from './crashes.ts';

/** Consumers of the shop's events. */
export const commerceConsumers = [
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
    description: 'Keeps the shop’s read models: orders, payments, stock, customers, and the trail of their events.',
  },
] as const satisfies readonly Consumer[];
