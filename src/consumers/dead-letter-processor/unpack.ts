import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import { parseLetter } from '../../core/dead-letters/parse-letter.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { getLetter } from '../../ports/object-store/stored-letter.ts';
import { lettersOf, type SchemaVersionOf } from './invocation-record.ts';
import { type CreatedObject, createdObjects } from './queue-event.ts';

/** What a message or a notification holds. */
export interface Unpacked {
  readonly letters: readonly DeadLetter[];
  /** Keys of failed invocations' records, which their letters replace. */
  readonly spent: readonly string[];
  /** What could not be read, for people; absent: all of it could. */
  readonly problem?: string;
}

export interface Unpacking {
  /** Where letters are claimed. */
  readonly objects: ObjectStore;
  /** Where Lambda writes the records of failed invocations. */
  readonly failedInvocations: ObjectStore;
  readonly schemaVersionOf: SchemaVersionOf;
}

/** Letters of one message. What cannot be read is a `problem`, not an exception: only a store that is away throws. */
export async function unpackMessage(body: string, unpacking: Unpacking): Promise<Unpacked> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return unreadable('it is no JSON');
  }
  const created = createdObjects(json);
  if (created !== null) return unpackObjects(created, unpacking);
  if (isFailureMetadata(json)) {
    return unreadable('it tells of a failed invocation without its records: let the mapping write them to the bucket');
  }
  const parsed = parseLetter(json);
  if ('problem' in parsed) return unreadable(`it is no dead letter: ${parsed.problem}`);
  const { letter } = parsed;
  if (letter.claim === undefined) return { letters: [letter], spent: [] };
  const whole = await getLetter(unpacking.objects, letter.claim.key);
  // The reason is known even where the record is gone; the letter says that by its claim.
  const claimed =
    whole === null || !sameRecord(whole, letter) ? letter : { ...whole, ...failureOf(letter), claim: letter.claim };
  return { letters: [claimed], spent: [] };
}

/** Letters of the records that a bucket tells of. */
export async function unpackObjects(created: readonly CreatedObject[], unpacking: Unpacking): Promise<Unpacked> {
  const letters: DeadLetter[] = [];
  const spent: string[] = [];
  const problems: string[] = [];
  for (const { key } of created) {
    const bytes = await readable(key, unpacking.failedInvocations);
    // Gone: a notification that came twice, and whose letters are stored.
    if (bytes === null) continue;
    const found = lettersOf(bytes.toString(), unpacking.schemaVersionOf);
    if (typeof found === 'string') problems.push(`object "${key}": ${found}`);
    else {
      letters.push(...found);
      spent.push(key);
    }
  }
  return { letters, spent, ...(problems.length === 0 ? {} : { problem: problems.join('; ') }) };
}

/** A key that no object can have has none. */
async function readable(key: string, store: ObjectStore): Promise<Buffer | null> {
  try {
    return await store.get(key);
  } catch (error) {
    if (error instanceof AppError && error.code === 'EVENTBUS_OBJECT_KEY_INVALID') return null;
    throw error;
  }
}

/** What Lambda sends to a queue about an invocation it gave up. */
function isFailureMetadata(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'KafkaBatchInfo' in json && 'requestContext' in json;
}

function unreadable(problem: string): Unpacked {
  return { letters: [], spent: [], problem };
}

function sameRecord(left: DeadLetter, right: DeadLetter): boolean {
  return (
    left.consumer === right.consumer &&
    left.topic === right.topic &&
    left.partition === right.partition &&
    left.offset === right.offset
  );
}

/** The failure that the message tells of: its object may tell of a later one of the same record. */
function failureOf(letter: DeadLetter) {
  const { code, message, stack, attempts, firstFailedAt, lastFailedAt, handlerVersion, schemaVersion } = letter;
  return { code, message, stack, attempts, firstFailedAt, lastFailedAt, handlerVersion, schemaVersion };
}
