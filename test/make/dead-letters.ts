import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makeCodec } from '../../src/codec/codec.ts';
import {
  type DeadLetterProcessor,
  type DeadLetterProcessorOptions,
  makeDeadLetterProcessor,
} from '../../src/consumers/dead-letter-processor/handler.ts';
import type { DeadLetter } from '../../src/core/dead-letters/dead-letter.ts';
import { makeFolderEventRouter, readRoutedEvents } from '../../src/ports/event-router/event-router.folder.ts';
import { makeFolderObjectStore } from '../../src/ports/object-store/object-store.folder.ts';
import type { ObjectStore } from '../../src/ports/object-store/object-store.ts';
import { memoryLog } from './batch-engine.ts';
import { embeddedDatabase, type TestDatabase } from './postgres.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export function deadLetter(offset: number, fields: Partial<DeadLetter> = {}): DeadLetter {
  return {
    consumer: 'timeseries-writer',
    topic: 'vehicle.telemetry.v1',
    partition: 0,
    offset,
    timestampMs: 1_700_000_000_000 + offset,
    key: Buffer.from(`car-${offset}`).toString('base64'),
    value: Buffer.from(`value ${offset}`).toString('base64'),
    headers: [{ name: 'ce_id', value: Buffer.from(`event-${offset}`).toString('base64') }],
    eventId: `event-${offset}`,
    schemaVersion: 'VehicleTelemetry/v1',
    code: 'EVENTBUS_POSTGRES_DATA_REJECTED',
    message: `PostgreSQL rejected the values: value ${offset} is out of range (22003).`,
    stack: 'Error: out of range\n    at somewhere',
    attempts: 2,
    firstFailedAt: '2026-11-21T10:00:00.000Z',
    lastFailedAt: '2026-11-21T10:00:01.000Z',
    handlerVersion: '7',
    source: 'consumer',
    ...fields,
  };
}

/** The event of an SQS event source mapping. */
export function queueEvent(bodies: readonly unknown[], receipts = 1) {
  return {
    Records: bodies.map((body) => ({
      messageId: randomUUID(),
      receiptHandle: 'handle',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(receipts), SentTimestamp: '1763719200000' },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:timeseries-writer-dead-letters',
      awsRegion: 'eu-west-1',
    })),
  };
}

/** The processor on an embedded database and folders. */
export interface ProcessorRig {
  readonly database: TestDatabase;
  readonly objects: ObjectStore;
  readonly log: ReturnType<typeof memoryLog>;
  process: DeadLetterProcessor;
  /** The processor with some of its surroundings replaced. */
  with(options: Partial<DeadLetterProcessorOptions>): DeadLetterProcessor;
  /** Details of the events routed since the last call, with their detail types. */
  notices(): readonly { readonly type: string; readonly detail: Record<string, unknown> }[];
  rows<T = Record<string, unknown>>(sql: string): Promise<readonly T[]>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function makeProcessorRig(): Promise<ProcessorRig> {
  const database = await embeddedDatabase();
  const folder = temporaryDirectory();
  const events = join(folder.path, 'events');
  const objects = makeFolderObjectStore({ directory: join(folder.path, 'objects') });
  const log = memoryLog();
  let after = 0;
  const options = { pool: database.pool, objects, router: makeFolderEventRouter({ directory: events }), log };
  const make = (changes: Partial<DeadLetterProcessorOptions>) =>
    makeDeadLetterProcessor({ ...options, codec: makeCodec(), ...changes });
  const notices = () => {
    const found = readRoutedEvents(events, { after });
    after = found.at(-1)?.position ?? after;
    return found.map(({ event }) => ({ type: event['detail-type'], detail: event.detail as Record<string, unknown> }));
  };
  return {
    database,
    objects,
    log,
    process: make({}),
    with: make,
    notices,
    rows: async <T>(sql: string) => (await database.pool.query(sql)).rows as T[],
    reset: async () => {
      await database.pool.query('truncate dead_letter, dead_letter_group, dead_letter_action cascade');
      for await (const { key } of objects.list('')) await objects.delete(key);
      log.lines.length = 0;
      notices();
    },
    close: async () => {
      await database.close();
      folder.remove();
    },
  };
}
