import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { inParallel } from './in-parallel.ts';
import { loadLetter } from './letter-content.ts';
import { type PreparedRecord, prepareRecord } from './letter-record.ts';
import type { LetterRow } from './letter-views.ts';
import type { RedriveRequest } from './redrive-request.ts';

/** Where the changed record of a letter is kept; it stays as evidence of what was sent. */
function preparedKey(redriveId: string, letterId: string): string {
  return `redrives/${redriveId}/${letterId}.json`;
}

export interface StoringParts {
  readonly pool: Pool;
  readonly objects: Pick<ObjectStore, 'get' | 'put'>;
  readonly codec: Codec;
}

const pageLetters = 500;
const parallelObjects = 8;

/**
 * Keeps what a transform makes of the letters, so that whoever sends or resumes the redrive needs no transform. Does
 * nothing for letters that are sent as they are.
 */
export async function storePrepared(
  parts: StoringParts,
  { redriveId, request }: { readonly redriveId: string; readonly request: RedriveRequest },
  letterIds: readonly string[],
): Promise<void> {
  if (request.transform === undefined) return;
  for (let at = 0; at < letterIds.length; at += pageLetters) {
    const ids = letterIds.slice(at, at + pageLetters);
    const { rows } = await onConnection(parts.pool, (client) =>
      client.query<LetterRow>('select * from dead_letter where letter_id = any($1::uuid[])', [ids]),
    );
    await inParallel(rows, parallelObjects, async (row) => {
      const letter = await loadLetter(parts.objects, row);
      const { record } = prepareRecord(letter, {
        codec: parts.codec,
        toTopic: request.toTopic,
        transform: request.transform,
      });
      const bytes = Buffer.from(JSON.stringify(record));
      await parts.objects.put(preparedKey(redriveId, row.letter_id), bytes, { contentType: 'application/json' });
    });
  }
}

export interface LetterOfRedrive {
  readonly row: LetterRow;
  readonly redriveId: string;
  readonly targetTopic: string | null;
  /** Whether a transform has changed it. */
  readonly changed: boolean;
}

/**
 * The record to send for a letter of a redrive.
 * @throws AppError EVENTBUS_DLQ_PAYLOAD_MISSING
 */
export async function preparedRecord(
  { objects, codec }: { readonly objects: Pick<ObjectStore, 'get'>; readonly codec: Codec },
  { row, redriveId, targetTopic, changed }: LetterOfRedrive,
): Promise<PreparedRecord> {
  if (changed) {
    const key = preparedKey(redriveId, row.letter_id);
    const bytes = await objects.get(key);
    if (bytes === null) throw new AppError('EVENTBUS_DLQ_PAYLOAD_MISSING', `object "${key}"`);
    return JSON.parse(bytes.toString()) as PreparedRecord;
  }
  const letter = await loadLetter(objects, row);
  const { record } = prepareRecord(letter, { codec, toTopic: targetTopic ?? undefined, transform: undefined });
  if (record === null) throw new AppError('EVENTBUS_DLQ_PAYLOAD_MISSING', `letter ${row.letter_id}`);
  return record;
}
