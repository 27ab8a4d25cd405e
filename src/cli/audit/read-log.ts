import type { Subject } from '../../catalogue/events.generated.ts';
import { headers } from '../../catalogue/headers.ts';
import type { Codec } from '../../codec/codec.ts';
import { derivedId } from '../../codec/event-id.ts';
import { decodePartition } from '../../consumers/batch/decode.ts';
import { mskRecordOf } from '../../consumers/batch/msk-record.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import { storedEventId } from '../../postgres/stored-event-id.ts';
import type { CapturedBounds } from './captured-bounds.ts';
import { readingCount } from './reading-count.ts';
import type { RowWriter, Workbench } from './workbench.ts';

/** Bounds of one partition at the moment of the audit: offsets from `start` up to, not including, `end`. */
export interface LogBounds {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** The log as the audit reads it. */
export interface AuditedLog {
  bounds(): Promise<readonly LogBounds[]>;
  /** Every record of the topic below the ends, in batches; tells each offset whose record is damaged. */
  read(topic: string, bounds: readonly LogBounds[], onDamaged: OnDamaged): AsyncIterable<readonly RawRecord[]>;
}

export type OnDamaged = (partition: number, offset: number) => void;

/** Damaged records of one partition: what became of them cannot be told. */
export interface DamagedPart {
  readonly topic: string;
  readonly partition: number;
  /** First and last offset. */
  readonly first: number;
  readonly last: number;
}

export interface LogReading {
  readonly workbench: Workbench;
  readonly log: AuditedLog;
  readonly codec: Codec;
  /** Topics whose records are compared by event id. */
  readonly byId: ReadonlySet<string>;
  /** Topics whose records hold readings with derived events, and the consumer that derives them. */
  readonly derivedBy: ReadonlyMap<string, string>;
  readonly subjectOf: (topic: string) => Subject;
  readonly onProgress: (records: number) => void;
}

/**
 * Loads topics into the workbench: bounds, records, and the readings inside raw records that are judged. Answers what
 * the log no longer has, because it is damaged.
 */
export async function readLog({ judged, read }: CapturedBounds, reading: LogReading): Promise<readonly DamagedPart[]> {
  const { workbench } = reading;
  await workbench.append('log_bound', async (row) => {
    for (const { topic, partition, start, end } of judged) row(topic, partition, start, end);
  });
  const judgedEnds = new Map(judged.map(({ topic, partition, end }) => [`${topic}:${partition}`, end]));
  let done = 0;
  const damaged: DamagedPart[] = [];
  for (const [topic, ofTopic] of Map.groupBy(read, (bound) => bound.topic)) {
    if (ofTopic.every(({ start, end }) => start >= end)) continue;
    const onDamaged: OnDamaged = (partition, offset) => addDamaged(damaged, { topic, partition, offset });
    await workbench.append('log_record', (record) =>
      workbench.append('raw_item', async (item) => {
        for await (const batch of reading.log.read(topic, ofTopic, onDamaged)) {
          const end = judgedEnds.get(`${topic}:${batch[0]?.partition}`) ?? 0;
          for (const entry of batch) load(entry, { record, item, reading, judged: entry.offset < end });
          done += batch.length;
          reading.onProgress(done);
        }
      }),
    );
  }
  return damaged;
}

/** Offsets that follow each other become one part. */
function addDamaged(parts: DamagedPart[], place: Pick<RawRecord, 'topic' | 'partition' | 'offset'>): void {
  const { topic, partition, offset } = place;
  const at = parts.findIndex((part) => {
    return part.topic === topic && part.partition === partition && part.last === offset - 1;
  });
  const before = parts[at];
  if (before === undefined) parts.push({ topic, partition, first: offset, last: offset });
  else parts[at] = { ...before, last: offset };
}

interface Loading {
  readonly record: RowWriter;
  readonly item: RowWriter;
  readonly reading: LogReading;
  readonly judged: boolean;
}

function load(entry: RawRecord, { record, item, reading, judged }: Loading): void {
  const { topic, partition, offset } = entry;
  const wanted = reading.byId.has(topic) || reading.derivedBy.has(topic);
  const id = wanted ? eventIdOf(entry, reading) : null;
  record(topic, partition, offset, id === null ? null : storedEventId(id));
  const consumer = reading.derivedBy.get(topic);
  if (consumer === undefined || !judged) return;
  const count = id === null ? 0 : readingsIn(entry, reading);
  if (count === 0 || id === null) item(topic, partition, offset, -1, null);
  for (let index = 0; index < count; index++)
    item(topic, partition, offset, index, derivedId(id ?? '', consumer, index));
}

/** The id under which consumers know the record; null when they cannot read it. */
function eventIdOf(entry: RawRecord, { codec, subjectOf }: LogReading): string | null {
  if (entry.value === null) return null;
  let version = false;
  let id: string | null = null;
  for (const [name, value] of entry.headers) {
    if (value === null) continue;
    if (name === headers.specVersion) version = true;
    else if (name === headers.id && id === null) id = value.toString();
  }
  if (version && id !== null) return id;
  // Attributes inside the value, or none at all: rare, so the consumers' own reader decides.
  const { items } = decodePartition([mskRecordOf(entry)], subjectOf(entry.topic), codec);
  return items[0]?.event.id ?? null;
}

/** Readings of a raw record; 0 when it cannot be decoded. */
function readingsIn(entry: RawRecord, { codec, subjectOf }: LogReading): number {
  const contentType = entry.headers.find(([name]) => name === headers.contentType)?.[1]?.toString();
  try {
    return readingCount(codec.decodeRecord(subjectOf(entry.topic), contentType, entry.value ?? Buffer.alloc(0)).value);
  } catch (error) {
    if (error instanceof AppError) return 0;
    throw error;
  }
}
