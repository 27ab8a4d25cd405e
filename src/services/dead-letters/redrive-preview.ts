import { type RefusalReason, refusalCounts } from '../../core/redrive/plan.ts';
import { type ValueChange, valueDiff } from '../../core/redrive/value-diff.ts';
import { bytesAsText } from './letter-views.ts';
import type { PlannedLetter, PlanOutcome, SampleLetter } from './redrive-plan.ts';
import type { RedriveRequest } from './redrive-request.ts';

/** What a redrive would do. */
export interface RedrivePreview {
  readonly selected: number;
  readonly toSend: number;
  /** By reason. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly refusedExamples: readonly RefusedLetter[];
  /** Letters that are sent although the order of their keys breaks. */
  readonly reordered: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Where the letters go, and who takes them there. */
  readonly destinations: readonly Destination[];
  readonly perSecond: number;
  readonly estimatedSeconds: number;
  readonly sample: readonly PreviewedLetter[];
}

export interface Destination {
  readonly topic: string;
  /** null: every consumer of the topic. */
  readonly consumer: string | null;
  readonly letters: number;
}

interface LetterPlace {
  readonly letterId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
}

export interface RefusedLetter extends LetterPlace {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** One letter before and after. */
export interface PreviewedLetter extends LetterPlace {
  /** The decoded value, or the JSON document where it does not fit the schema; absent when it is neither. */
  readonly before?: unknown;
  /** Absent when the letter cannot be sent. */
  readonly after?: unknown;
  readonly changes: readonly ValueChange[];
  readonly refused: { readonly reason: RefusalReason; readonly detail: string } | null;
}

const shownRefusals = 20;

/** A plan as people and the API see it. */
export function previewOf({ plan, sample }: PlanOutcome, request: RedriveRequest): RedrivePreview {
  const refusals = new Map(plan.refused.map(({ letter, reason, detail }) => [letter.id, { reason, detail }]));
  return {
    selected: plan.send.length + plan.refused.length,
    toSend: plan.send.length,
    refused: refusalCounts(plan.refused),
    refusedExamples: plan.refused.slice(0, shownRefusals).map(({ letter, reason, detail }) => {
      return { ...placeOf(letter), reason, detail };
    }),
    reordered: refusalCounts(plan.reordered),
    destinations: destinationsOf(plan.send, request),
    perSecond: request.perSecond,
    estimatedSeconds: Math.ceil(plan.send.length / request.perSecond),
    sample: sample.map((one) => previewed(one, refusals.get(one.letter.id) ?? null)),
  };
}

function placeOf({ id, topic, partition, ownOffset, key }: PlannedLetter): LetterPlace {
  const text = key === null ? null : bytesAsText(Buffer.from(key, 'base64'));
  return { letterId: id, topic, partition, offset: ownOffset, key: text };
}

function destinationsOf(letters: readonly PlannedLetter[], { toTopic }: RedriveRequest): readonly Destination[] {
  const name = (letter: PlannedLetter) => (toTopic === undefined ? `${letter.topic}\n${letter.consumer}` : toTopic);
  return [...Map.groupBy(letters, name)].map(([place, sent]) => {
    const [topic = '', consumer = null] = place.split('\n');
    return { topic, consumer, letters: sent.length };
  });
}

function previewed({ letter, prepared }: SampleLetter, refused: PreviewedLetter['refused']): PreviewedLetter {
  if (prepared === null) return { ...placeOf(letter), changes: [], refused };
  const { before, after } = prepared;
  const changes = after === undefined ? [] : valueDiff(before, after).filter((change) => !isDefault(change, before));
  return {
    ...placeOf(letter),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    changes,
    refused,
  };
}

/** Fields that a document left out and that now stand there as null are no change that anybody made. */
function isDefault({ kind, after }: ValueChange, before: unknown): boolean {
  return before !== undefined && kind === 'added' && after === null;
}
