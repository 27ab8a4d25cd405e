import { routedTopics } from '../event-routing.ts';
import type { Consumer } from '../model.ts';
import { topics } from '../topics.ts';
import { crashes } from './crashes.ts';

/** Consumers of shared mobility, and the way of every business's alerts and of domain events to people. */
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
  {
    name: 'domain-router',
    topics: routedTopics({ topics }).map(({ topic }) => topic.name),
    batchSize: 500,
    batchWindowMs: 50,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 4,
    sinks: ['router'],
    memoryMb: 512,
    timeoutMs: 60_000,
    description: 'Hands alerts and domain events to the event router, for people and other systems.',
  },
] as const satisfies readonly Consumer[];
