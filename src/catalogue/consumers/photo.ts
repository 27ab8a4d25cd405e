import type { Consumer } from '../model.ts';
import { crashes } from './crashes.ts';

/** Consumers of the photo platform. */
export const photoConsumers = [
  {
    name: 'photo-processor',
    topics: ['photo.events.v1'],
    actsOn: ['photo.uploaded'],
    // Mostly its own events, which it passes over; a photo of 30 megapixels takes up to 15 seconds.
    batchSize: 25,
    batchWindowMs: 0,
    ...crashes,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 12,
    sinks: ['topic:photo.events.v1', 'table:photo', 'table:photo_batch', 'objects:photos/'],
    memoryMb: 3_008,
    timeoutMs: 600_000,
    description: 'Makes thumbnails of uploaded photos and tells every step of it, and the ends of batches.',
  },
] as const satisfies readonly Consumer[];
