/** Records of one partition in an invocation. */
export interface DeliveredRecords {
  /** `<topic>-<partition>`. */
  readonly partition: string;
  /** Offset of each record, ascending. Called only when something failed. */
  readonly offsets: () => readonly number[];
}

/** What a function's answer says of a batch. */
export interface ReadAnswer {
  /** Lowest failed offset by partition; partitions that are not in it succeeded. */
  readonly lowestFailed: ReadonlyMap<string, number>;
  /** Failed partitions that wait for a dependency: their records are not at fault. */
  readonly waiting: ReadonlySet<string>;
}

const success: ReadAnswer = { lowestFailed: new Map(), waiting: new Set() };

/**
 * Reads an answer with `batchItemFailures` as Lambda reads it for Kafka: nothing, `null`, or no or an empty list is
 * success. An identifier that is empty, misspelt or names a record that was not in the batch makes the whole batch a
 * failure.
 *
 * `waitingPartitions` is this bus's own: Lambda does not look at it.
 *
 * @returns why the answer cannot be read, as text, when it cannot
 */
export function readAnswer(answer: unknown, batch: readonly DeliveredRecords[]): ReadAnswer | string {
  if (typeof answer !== 'object' || answer === null) return success;
  const { batchItemFailures: failures, waitingPartitions } = answer as Readonly<Record<string, unknown>>;
  if (failures === undefined || failures === null) return success;
  if (!Array.isArray(failures)) return 'batchItemFailures is not a list';
  const known = new Map<string, Set<number>>();
  const lowestFailed = new Map<string, number>();
  for (const failure of failures as readonly unknown[]) {
    const found = readIdentifier(failure);
    if (typeof found === 'string') return found;
    const { partition, offset } = found;
    const records = batch.find((records) => records.partition === partition);
    if (records === undefined) return `partition "${partition}" is not part of the batch`;
    if (!known.has(partition)) known.set(partition, new Set(records.offsets()));
    if (known.get(partition)?.has(offset) !== true) return outside(records, offset);
    lowestFailed.set(partition, Math.min(offset, lowestFailed.get(partition) ?? offset));
  }
  const waiting = Array.isArray(waitingPartitions) ? (waitingPartitions as readonly unknown[]) : [];
  return { lowestFailed, waiting: new Set(waiting.filter((name) => typeof name === 'string')) };
}

function outside({ partition, offsets }: DeliveredRecords, offset: number): string {
  const list = offsets();
  return `offset ${offset} of ${partition} is no record of the batch, which goes from ${list[0]} to ${list.at(-1)}`;
}

function readIdentifier(failure: unknown): { readonly partition: string; readonly offset: number } | string {
  const identifier = (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier;
  if (typeof identifier !== 'object' || identifier === null) return 'an itemIdentifier is missing or not an object';
  const { partition, offset } = identifier as { readonly partition?: unknown; readonly offset?: unknown };
  if (typeof partition !== 'string' || partition === '') return 'itemIdentifier.partition is missing or empty';
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset)) return 'itemIdentifier.offset is not a whole number';
  return { partition, offset };
}
