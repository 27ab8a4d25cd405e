import { randomUUID } from 'node:crypto';
import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type LetterQuery, selectsAll } from '../../core/redrive/letter-query.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import type { Pool } from '../../postgres/pool.ts';
import { actionTrail, type RecordedAction } from './action-trail.ts';
import { type LetterDetails, letterDetails } from './letter-details.ts';
import { type LetterStatistics, letterStatistics } from './letter-statistics.ts';
import {
  type DiscardRequest,
  discardLetters,
  listGroups,
  listLetters,
  oneGroup,
  oneLetter,
  type PageRequest,
} from './letter-store.ts';
import type { GroupSummary, LetterSummary, Page } from './letter-views.ts';
import type { RedriveLog } from './log-facts.ts';
import { storePrepared } from './prepared-records.ts';
import { cancelRedrive, pauseRedrive, type Runner } from './redrive-lease.ts';
import { makePlan, type PlanProgress } from './redrive-plan.ts';
import { previewOf, type RedrivePreview } from './redrive-preview.ts';
import type { RedriveRequest } from './redrive-request.ts';
import { createRedrive, listRedrives, oneRedrive, type RedriveStatus } from './redrive-store.ts';
import { type RunOptions, runRedrive } from './run-redrive.ts';

/** What the desk works with. */
export interface DeskParts {
  readonly pool: Pool;
  readonly objects: Pick<ObjectStore, 'get' | 'put'>;
  readonly codec: Codec;
  readonly log: RedriveLog;
  readonly publisher: Pick<EventPublisher, 'send'>;
}

/** A group with a letter to look at. */
export interface GroupDetails extends GroupSummary {
  readonly statistics: LetterStatistics;
  readonly sample: LetterDetails | null;
  readonly actions: readonly RecordedAction[];
}

export interface RedriveDetails extends RedriveStatus {
  readonly actions: readonly RecordedAction[];
}

/** Everything people do about dead letters, for the command line and the HTTP API alike. */
export interface DeadLetterDesk {
  groups(query: LetterQuery, page: PageRequest): Promise<Page<GroupSummary>>;
  letters(query: LetterQuery, page: PageRequest): Promise<Page<LetterSummary>>;
  group(groupId: string): Promise<GroupDetails>;
  letter(letterId: string): Promise<LetterDetails>;
  statistics(query: LetterQuery): Promise<LetterStatistics>;
  /** Answers how many letters were, or would be, discarded. */
  discard(request: DiscardRequest): Promise<number>;
  /** What a redrive would do; changes nothing. */
  preview(request: RedriveRequest, progress: PlanProgress): Promise<RedrivePreview>;
  /**
   * Takes the letters; {@link DeadLetterDesk.run} sends them.
   * @throws AppError EVENTBUS_DLQ_REDRIVE_REFUSED when a letter is refused and the rest was not asked for
   */
  plan(request: RedriveRequest, progress: PlanProgress): Promise<{ redriveId: string; preview: RedrivePreview }>;
  run(options: Omit<RunOptions, 'runner'>): Promise<RedriveStatus>;
  redrive(redriveId: string): Promise<RedriveDetails>;
  redrives(page: PageRequest & { readonly unfinished?: boolean }): Promise<Page<RedriveStatus>>;
  pause(redrive: Omit<Runner, 'runner'>): Promise<RedriveStatus>;
  cancel(redrive: Omit<Runner, 'runner'>): Promise<RedriveStatus>;
}

export function makeDeadLetterDesk(parts: DeskParts): DeadLetterDesk {
  const { pool } = parts;
  return {
    groups: (query, page) => listGroups(pool, query, page),
    letters: (query, page) => listLetters(pool, query, page),
    group: (groupId) => groupDetails(parts, groupId),
    letter: async (letterId) => letterDetails(parts, await oneLetter(pool, letterId)),
    statistics: (query) => letterStatistics(pool, query),
    discard: (request) => discardLetters(pool, request),
    async preview(request, progress) {
      requireSelection(request);
      return previewOf(await makePlan(parts, request, progress), request);
    },
    plan: (request, progress) => plan(parts, request, progress),
    run: (options) => runRedrive(parts, { ...options, runner: randomUUID() }),
    async redrive(redriveId) {
      return { ...(await oneRedrive(pool, redriveId)), actions: await actionTrail(pool, { redriveId }) };
    },
    redrives: (page) => listRedrives(pool, page),
    pause: (redrive) => pauseRedrive(pool, redrive),
    cancel: (redrive) => cancelRedrive(pool, redrive),
  };
}

async function plan(parts: DeskParts, request: RedriveRequest, progress: PlanProgress) {
  requireSelection(request);
  const outcome = await makePlan(parts, request, progress);
  const preview = previewOf(outcome, request);
  const { send, refused } = outcome.plan;
  if (send.length === 0 || (refused.length > 0 && !request.sendRest)) throw refusedError(preview);
  const redriveId = randomUUID();
  await storePrepared(
    parts,
    { redriveId, request },
    send.map(({ id }) => id),
  );
  await createRedrive(parts.pool, { redriveId, request, plan: outcome.plan });
  return { redriveId, preview };
}

function requireSelection({ query }: RedriveRequest): void {
  if (!selectsAll(query)) return;
  throw new AppError('EVENTBUS_DLQ_QUERY_INVALID', 'the selection is empty; redriving everything needs a condition');
}

function refusedError({ refused, refusedExamples, selected }: RedrivePreview): AppError {
  const counts = Object.entries(refused).map(([reason, count]) => `${count} ${reason}`);
  const [first] = refusedExamples;
  const example = first === undefined ? '' : `; for example ${first.letterId}: ${first.detail}`;
  const number = Object.values(refused).reduce((sum, count) => sum + count, 0);
  return new AppError(
    'EVENTBUS_DLQ_REDRIVE_REFUSED',
    `${number} of ${selected} letters (${counts.join(', ')})${example}`,
    { details: { refused, examples: refusedExamples } },
  );
}

async function groupDetails(parts: DeskParts, groupId: string): Promise<GroupDetails> {
  const group = await oneGroup(parts.pool, groupId);
  const query = { group: groupId };
  const open = await listLetters(parts.pool, { ...query, status: 'open' }, { limit: 1 });
  const [latest] = open.items.length > 0 ? open.items : (await listLetters(parts.pool, query, { limit: 1 })).items;
  return {
    ...group,
    statistics: await letterStatistics(parts.pool, query),
    sample: latest === undefined ? null : await letterDetails(parts, await oneLetter(parts.pool, latest.letterId)),
    actions: await actionTrail(parts.pool, { groupId }),
  };
}
