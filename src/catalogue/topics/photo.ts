import { dayMs } from '../duration.ts';
import type { Topic } from '../model.ts';

/** Topics of the photo platform. */
export const photoTopics = [
  {
    name: 'photo.events.v1',
    domain: 'photo',
    subject: 'PhotoEvent',
    partitions: 12,
    retentionMs: 7 * dayMs,
    key: 'photoId',
    keyFallback: 'batchId',
    partitioning:
      'The progress of one photo must stay in order; photos are processed side by side. An event of a whole batch has the batch as its key.',
    eventTypes: [
      'photo.uploaded',
      'photo.processing.started',
      'photo.processing.progress',
      'photo.processing.completed',
      'photo.processing.failed',
      'batch.processing.completed',
    ],
    classification: 'personal',
    compatibility: 'full-transitive',
    cleanup: 'delete',
    compression: 'none',
    replication: 'in-residency',
    archive: false,
    owner: 'photo-platform',
    description: 'Upload and processing of photos, step by step, and the end of batches.',
  },
  {
    name: 'system.health.v1',
    domain: 'photo',
    subject: 'HealthUpdate',
    partitions: 1,
    retentionMs: 1 * dayMs,
    key: 'component',
    partitioning:
      'Everybody who shows health reads all of it, and there are few records: one partition keeps the order of all components.',
    eventTypes: ['system.health.update'],
    classification: 'internal',
    compatibility: 'backward-transitive',
    cleanup: 'delete',
    compression: 'none',
    replication: 'none',
    archive: false,
    owner: 'platform',
    description: 'Health of the parts of the system as they see themselves.',
  },
] as const satisfies readonly Topic[];
