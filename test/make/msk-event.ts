import { headers } from '../../src/catalogue/headers.ts';
import type { LambdaContext, MskEvent, MskHeader, MskRecord } from '../../src/consumers/batch/msk-event.ts';

export interface RecordFields {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset: number;
  readonly key?: string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signed byte numbers, as Lambda sends them. */
export function signedBytes(text: string): number[] {
  return [...new Int8Array(Buffer.from(text))];
}

export function mskHeaders(values: Readonly<Record<string, string>>): MskHeader[] {
  return Object.entries(values).map(([name, value]) => ({ [name]: signedBytes(value) }));
}

/** A record as an event source mapping delivers it, with CloudEvents headers unless others are given. */
export function mskRecord(fields: RecordFields): MskRecord {
  const { topic = 'vehicle.telemetry.v1', partition = 0, offset, key = 'car-1', value = '{}' } = fields;
  return {
    topic,
    partition,
    offset,
    timestamp: 1_700_000_000_000 + offset,
    timestampType: 'CREATE_TIME',
    ...(key === null ? {} : { key: Buffer.from(key).toString('base64') }),
    ...(value === null ? {} : { value: Buffer.from(value).toString('base64') }),
    headers: mskHeaders(fields.headers ?? cloudEventHeaders(`event-${topic}-${partition}-${offset}`)),
  };
}

export function cloudEventHeaders(id: string): Record<string, string> {
  return {
    [headers.specVersion]: '1.0',
    [headers.id]: id,
    [headers.source]: '/telemetry-cleaner',
    [headers.type]: 'vehicle.telemetry.cleaned',
    [headers.contentType]: 'application/json',
  };
}

export function mskEvent(records: readonly MskRecord[]): MskEvent {
  const byPartition: Record<string, MskRecord[]> = {};
  for (const record of records) (byPartition[`${record.topic}-${record.partition}`] ??= []).push(record);
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/test/1',
    bootstrapServers: '127.0.0.1:9092',
    records: byPartition,
  };
}

export function lambdaContext(remainingMs: () => number = () => 30_000): LambdaContext {
  return {
    awsRequestId: 'request-1',
    functionName: 'test',
    functionVersion: '7',
    getRemainingTimeInMillis: remainingMs,
  };
}
