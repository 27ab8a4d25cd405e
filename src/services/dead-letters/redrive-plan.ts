import { consumerNamed, topicNamed } from '../../catalogue/lookup.ts';
import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { queryText } from '../../core/redrive/letter-query.ts';
import {
  type PlannableLetter,
  planRedrive,
  type RedrivePlan,
  type Refusal,
  reliesOnOrder,
} from '../../core/redrive/plan.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { inParallel } from './in-parallel.ts';
import { letterCondition } from './letter-condition.ts';
import { loadLetter } from './letter-content.ts';
import { type Prepared, prepareRecord } from './letter-record.ts';
import type { LetterRow } from './letter-views.ts';
import { originOffset, type RedriveLog, readKeyOrder, selectable } from './log-facts.ts';
import type { RedriveRequest } from './redrive-request.ts';

/** What planning needs of its surroundings. */
export interface PlanningParts {
  readonly pool: Pool;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly codec: Codec;
  readonly log: RedriveLog;
}

/** A letter of a plan. */
export interface PlannedLetter extends PlannableLetter {
  readonly ownOffset: number;
}

export interface PlanOutcome {
  readonly plan: RedrivePlan<PlannedLetter>;
  /** Letters that were prepared first, to look at. */
  readonly sample: readonly SampleLetter[];
}

/** A letter before and after, or why it cannot be sent. */
export interface SampleLetter {
  readonly letter: PlannedLetter;
  readonly prepared: Prepared | null;
}

export interface PlanProgress {
  /** Letters to show before and after. */
  readonly sample: number;
  readonly onLetters?: (letters: number) => void;
  readonly onRecords?: (records: number) => void;
}

const pageLetters = 500;
const parallelLoads = 8;

/**
 * Looks at every selected letter: loads it, changes it, checks what comes out against the target's schema, and decides
 * by the order of keys. Changes nothing.
 * @throws AppError EVENTBUS_DLQ_NOTHING_SELECTED; EVENTBUS_DLQ_QUERY_INVALID for an unknown target topic
 */
export async function makePlan(
  parts: PlanningParts,
  request: RedriveRequest,
  progress: PlanProgress,
): Promise<PlanOutcome> {
  const { toTopic } = request;
  if (toTopic !== undefined && topicNamed(toTopic) === undefined) {
    throw new AppError('EVENTBUS_DLQ_QUERY_INVALID', `target topic "${toTopic}" is not in the catalogue`);
  }
  const letters: PlannedLetter[] = [];
  const sample: SampleLetter[] = [];
  for await (const page of selectedPages(parts.pool, request)) {
    const looked = await inParallel(page, parallelLoads, (row) => lookAt(row, parts, request));
    letters.push(...looked.map(({ letter }) => letter));
    sample.push(...looked.slice(0, Math.max(0, progress.sample - sample.length)));
    progress.onLetters?.(letters.length);
  }
  if (letters.length === 0) throw new AppError('EVENTBUS_DLQ_NOTHING_SELECTED', queryText(request.query));
  const mode = request.acceptReordering ? 'given-up' : 'kept';
  const order = await readKeyOrder({ ...parts, letters, mode, onRecords: progress.onRecords });
  return { plan: planRedrive(letters, { order, maxRedrives: request.maxRedrives }), sample };
}

/** Rows of the selection, in the order of the log. */
async function* selectedPages(pool: Pool, { query }: RedriveRequest): AsyncGenerator<readonly LetterRow[]> {
  const { sql, values } = letterCondition(selectable(query), 6);
  let last: LetterRow | undefined;
  for (;;) {
    const place = [last?.topic ?? '', last?.partition ?? -1, last?.offset ?? -1, last?.consumer ?? ''];
    const { rows } = await onConnection(pool, (client) =>
      client.query<LetterRow>(
        `select l.* from dead_letter l
         where (l.topic, l.partition, l."offset", l.consumer) > ($2::text, $3::integer, $4::bigint, $5::text) and ${sql}
         order by l.topic, l.partition, l."offset", l.consumer limit $1`,
        [pageLetters, ...place, ...values],
      ),
    );
    if (rows.length > 0) yield rows;
    if (rows.length < pageLetters) return;
    last = rows.at(-1);
  }
}

async function lookAt(row: LetterRow, parts: PlanningParts, request: RedriveRequest): Promise<SampleLetter> {
  const { topic, partition, consumer, redrives } = row;
  const key = row.key?.toString('base64') ?? null;
  const { prepared, obstacle } = await prepare(row, parts, request);
  const record = prepared?.record ?? null;
  const letter: PlannedLetter = {
    id: row.letter_id,
    consumer,
    topic,
    partition,
    offset: originOffset(row.origin, row) ?? row.offset,
    ownOffset: row.offset,
    key,
    ordered: request.toTopic === undefined && reliesOnOrder(consumerNamed(consumer)),
    keyChanged: record !== null && record.key !== key,
    redrives,
    obstacle,
  };
  return { letter, prepared };
}

interface Attempt {
  readonly prepared: Prepared | null;
  readonly obstacle: Refusal | null;
}

async function prepare(row: LetterRow, parts: PlanningParts, request: RedriveRequest): Promise<Attempt> {
  const closed = statusObstacle(row);
  if (closed !== null) return { prepared: null, obstacle: closed };
  try {
    const letter = await loadLetter(parts.objects, row);
    const { toTopic, transform } = request;
    const prepared = prepareRecord(letter, { codec: parts.codec, toTopic, transform });
    if (prepared.record !== null) return { prepared, obstacle: null };
    return { prepared, obstacle: { reason: 'left-out', detail: 'the migration returned null' } };
  } catch (error) {
    if (!(error instanceof AppError) || error.failure !== 'poison') throw error;
    const reason = error.code === 'EVENTBUS_DLQ_PAYLOAD_MISSING' ? 'payload-missing' : 'migration-failed';
    return { prepared: null, obstacle: { reason, detail: `${error.code}: ${error.message}` } };
  }
}

function statusObstacle({ status }: LetterRow): Refusal | null {
  if (status === 'open') return null;
  if (status === 'redriving') return { reason: 'in-another-redrive', detail: 'a redrive that has not ended holds it' };
  return { reason: 'closed', detail: `it is ${status}` };
}
