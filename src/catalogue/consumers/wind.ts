import type { Consumer } from '../model.ts';
import { crashes } from './crashes.ts';

/** Consumers of wind farms. */
export const windConsumers = [
  {
    name: 'turbine-monitor',
    topics: ['sensor.cleaned'],
    batchSize: 2_000,
    batchWindowMs: 500,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 4,
    sinks: ['topic:analytics.alerts', 'table:consumer_state'],
    memoryMb: 512,
    timeoutMs: 60_000,
    description: 'Finds turbines that give too little for their wind for a day, or send nothing for hours.',
  },
] as const satisfies readonly Consumer[];
