import type { AvroRecordSchema } from '../../../src/catalogue/avro-schema.ts';
import type { CheckContext } from '../../../src/catalogue/check/context.ts';
import type { Catalogue, Consumer, Route, Topic } from '../../../src/catalogue/model.ts';

const thing: AvroRecordSchema = {
  type: 'record',
  name: 'Thing',
  fields: [
    { name: 'thingId', type: 'string' },
    { name: 'otherId', type: ['null', { type: 'string', logicalType: 'uuid' }], default: null },
    { name: 'size', type: 'int' },
  ],
};

/** A context with one subject, `Thing`, and a cluster that keeps records for 1,000 ms. */
export const context: CheckContext = { schemas: { Thing: [thing] }, clusterMaxRetentionMs: 1_000 };

export function makeTopic(changes: Partial<Topic> = {}): Topic {
  return {
    name: 'test.thing.v1',
    domain: 'bus',
    subject: 'Thing',
    partitions: 3,
    retentionMs: 1_000,
    key: 'thingId',
    partitioning: 'Things must stay in order.',
    eventTypes: ['thing.made'],
    classification: 'internal',
    compatibility: 'full',
    cleanup: 'delete',
    compression: 'none',
    replication: 'in-residency',
    archive: false,
    owner: 'testers',
    description: 'Things.',
    ...changes,
  };
}

export function makeRoute(changes: Partial<Route> = {}): Route {
  return {
    name: 'things',
    protocol: 'mqtt',
    filter: 'things/+/made',
    deviceId: 'topic-level',
    topic: 'test.thing.v1',
    eventType: 'thing.made',
    description: 'Things.',
    ...changes,
  };
}

export function makeConsumer(changes: Partial<Consumer> = {}): Consumer {
  return {
    name: 'thing-counter',
    topics: ['test.thing.v1'],
    batchSize: 100,
    batchWindowMs: 100,
    retryAttempts: 3,
    deadLetter: true,
    ordering: 'partition',
    concurrency: 1,
    sinks: ['table:thing'],
    memoryMb: 512,
    timeoutMs: 10_000,
    description: 'Counts things.',
    ...changes,
  };
}

export function makeCatalogue(changes: Partial<Catalogue> = {}): Catalogue {
  return { topics: [makeTopic()], routes: [makeRoute()], consumers: [makeConsumer()], ...changes };
}
