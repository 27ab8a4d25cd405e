import { headers } from '../../catalogue/headers.ts';
import type { SkippedRecord, SkippingConsumer } from '../../postgres/skipped-records.ts';
import type { MskRecord } from './msk-event.ts';
import type { SkipReason } from './processor.ts';
import { HeaderReader } from './record-headers.ts';

/** Stores the skips of one partition durably. Throws a coded error when it cannot; storing a skip twice is no harm. */
export type RecordSkips = (at: SkippingConsumer, skips: readonly SkippedRecord[]) => Promise<void>;

export const addressedReason = 'addressed-to-another-consumer' satisfies SkipReason;

export interface Sorted {
  /** Records that the consumer has to handle. */
  readonly records: readonly MskRecord[];
  readonly skips: readonly SkippedRecord[];
}

/** Splits off the records that name another consumer in their header; their values are not looked at. */
export function addressedElsewhere(all: readonly MskRecord[], consumer: string): Sorted {
  if (!all.some(isAddressed)) return { records: all, skips: [] };
  const reader = new HeaderReader();
  const records: MskRecord[] = [];
  const skips: SkippedRecord[] = [];
  for (const record of all) {
    reader.load(record.headers);
    const addressee = reader.get(headers.addressedTo);
    if (addressee === undefined || addressee === consumer) records.push(record);
    else skips.push(skipOf(record, addressee, reader));
  }
  return { records, skips };
}

function isAddressed({ headers: list }: MskRecord): boolean {
  if (list === undefined || list === null) return false;
  for (const header of list) if (headers.addressedTo in header) return true;
  return false;
}

function skipOf(record: MskRecord, addressee: string, reader: HeaderReader): SkippedRecord {
  const { topic, partition, offset } = record;
  const origin = reader.get(headers.origin);
  return {
    offset,
    item: -1,
    eventId: reader.get(headers.id) ?? `${topic}/${partition}/${offset}`,
    reason: addressedReason,
    detail: `for ${addressee}${origin === undefined ? '' : `, repeats ${origin}`}`,
  };
}
