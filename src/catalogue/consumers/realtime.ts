import type { Consumer } from '../model.ts';
import { crashes } from './crashes.ts';

/** What realtime gateways share, filled from the topics that feed them. */
export const realtimeConsumers = [
  {
    name: 'realtime-inbox',
    topics: ['photo.events.v1'],
    batchSize: 500,
    batchWindowMs: 50,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 4,
    sinks: ['table:realtime_owner', 'table:realtime_inbox'],
    memoryMb: 512,
    timeoutMs: 60_000,
    description: 'Learns whose photos and batches are, and keeps important events until their users acknowledge them.',
  },
] as const satisfies readonly Consumer[];
