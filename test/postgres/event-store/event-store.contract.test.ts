import { makeEventStore } from '../../../src/postgres/event-store/event-store.ts';
import { MemoryEventStore } from '../../make/memory-event-store.ts';
import { embeddedDatabase } from '../../make/postgres.ts';
import { eventStoreCases } from './event-store-cases.ts';

eventStoreCases('in memory', async () => ({ store: new MemoryEventStore(), close: async () => {} }));

eventStoreCases('on the embedded PostgreSQL', async () => {
  const database = await embeddedDatabase();
  return { store: makeEventStore(database.pool), close: () => database.close() };
});
