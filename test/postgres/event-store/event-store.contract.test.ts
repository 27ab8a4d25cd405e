import { MemoryEventStore } from '../../make/memory-event-store.ts';
import { eventStoreCases } from './event-store-cases.ts';

// The one on the embedded PostgreSQL stands the same test beside the orders, which start that engine anyway.
eventStoreCases('in memory', async () => ({ store: new MemoryEventStore(), close: async () => {} }));
