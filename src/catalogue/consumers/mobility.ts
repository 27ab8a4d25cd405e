import type { Consumer } from '../model.ts';
import { crashes } from './crashes.ts';

/** Consumers of shared mobility. */
export const mobilityConsumers = [
  {
    name: 'inventory-projector',
    topics: ['veh.events.raw', 'domain.events'],
    batchSize: 2_000,
    batchWindowMs: 200,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 8,
    sinks: ['topic:veh.inventory.updates', 'table:availability', 'table:mobility_booking', 'table:mobility_trip'],
    memoryMb: 1_024,
    timeoutMs: 60_000,
    description:
      'Keeps what stations and shared vehicles offer, the bookings that hold them, and the trips between bays.',
  },
] as const satisfies readonly Consumer[];
