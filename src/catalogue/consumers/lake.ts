import type { Consumer } from '../model.ts';
import { topics } from '../topics.ts';
import { crashes } from './crashes.ts';

/** Delivery to the lake. */
export const lakeConsumers = [
  {
    name: 'lake-transform',
    topics: topics.map(({ name }) => name),
    batchSize: 5_000,
    batchWindowMs: 1_000,
    ...crashes,
    deadLetter: true,
    ordering: 'none',
    concurrency: 4,
    sinks: ['lake'],
    memoryMb: 2_048,
    timeoutMs: 120_000,
    description: 'Turns the records of every topic into rows for the lake; delivery writes them as Parquet.',
  },
] as const satisfies readonly Consumer[];
