import { expect, test } from '@jest/globals';
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  oneof,
  record,
} from 'fast-check';
import type { Consumer } from '../../../src/catalogue/model.ts';
import type { AppError } from '../../../src/core/errors/app-error.ts';
import { functionError, MappingBench, type Seen } from './mapping-bench.ts';
import { type ModelOutcome, modelMapping } from './mapping-model.ts';

/** What a record does to every invocation that it is part of; `flaky` ones only to the first two. */
const natures = ['good', 'throw', 'hang', 'exit', 'out-of-memory', 'reported', 'malformed', 'flaky'] as const;
type Nature = (typeof natures)[number];

/** Mostly good records among all kinds of others, or many of the kinds that let an invocation get somewhere. */
const nature = oneof(
  { weight: 2, arbitrary: constantFrom<Nature>('good', 'good', 'good', ...natures) },
  { weight: 3, arbitrary: constantFrom<Nature>('good', 'good', 'reported', 'flaky') },
);
const rules = record({
  batchSize: integer({ min: 1, max: 9 }),
  retryAttempts: integer({ min: 0, max: 3 }),
  bisectOnError: boolean(),
  reportsItemFailures: boolean(),
});

const errorOf = {
  throw: 'EVENTBUS_FUNCTION_FAILED',
  flaky: 'EVENTBUS_FUNCTION_FAILED',
  hang: 'EVENTBUS_FUNCTION_TIMEOUT',
  exit: 'EVENTBUS_FUNCTION_CRASHED',
  'out-of-memory': 'EVENTBUS_FUNCTION_OUT_OF_MEMORY',
} as const;

/** A function whose records decide how it fails, and which is throttled now and then. */
class Script {
  readonly #natures: readonly (readonly Nature[])[];
  readonly #throttled: readonly number[];
  readonly #flakes = new Map<string, number>();
  #invocations = 0;

  constructor(natures: readonly (readonly Nature[])[], throttled: readonly number[]) {
    this.#natures = natures;
    this.#throttled = throttled;
  }

  /** The first nature that ends the invocation as a whole, or the lowest record that the answer names. */
  next(batch: readonly Pick<Seen, 'partition' | 'offsets'>[]) {
    this.#invocations += 1;
    if (this.#throttled.includes(this.#invocations)) return { is: 'throttled' } as const;
    const records = batch.flatMap(({ partition, offsets }) =>
      offsets.map((offset) => ({ partition, offset, nature: this.#natures[partition]?.[offset] ?? 'good' })),
    );
    for (const { nature, partition, offset } of records) {
      if (nature === 'flaky') {
        const flakes = (this.#flakes.get(`${partition}-${offset}`) ?? 0) + 1;
        this.#flakes.set(`${partition}-${offset}`, flakes);
        if (flakes <= 2) return { is: 'error', code: errorOf.flaky } as const;
      } else if (nature in errorOf) return { is: 'error', code: errorOf[nature as keyof typeof errorOf] } as const;
    }
    if (records.some(({ nature }) => nature === 'malformed')) return { is: 'malformed' } as const;
    return { is: 'partial', failed: records.filter(({ nature }) => nature === 'reported') } as const;
  }

  /** The same, as a thread hands it to the mapping. */
  answer(batch: readonly Seen[]): unknown {
    const next = this.next(batch);
    if (next.is === 'throttled') throw functionError('EVENTBUS_FUNCTION_THROTTLED');
    if (next.is === 'error') throw functionError(next.code);
    if (next.is === 'malformed') return { batchItemFailures: [{ itemIdentifier: { partition: 't-0', offset: '3' } }] };
    const named = next.failed.map(({ partition, offset }) => ({
      itemIdentifier: { partition: `t-${partition}`, offset },
    }));
    // Neither in order nor against it: the lowest is the mapping's to find.
    return {
      batchItemFailures: [...named.slice(1, 2), ...named.slice(0, 1), ...named.slice(2)],
    };
  }
}

interface Case {
  readonly list: readonly Nature[];
  readonly controls: Pick<Consumer, 'batchSize' | 'retryAttempts'> &
    Required<Pick<Consumer, 'bisectOnError' | 'reportsItemFailures'>>;
  readonly throttled: readonly number[];
}

interface Answer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: { readonly offset: unknown } }[];
}

/** What the mapping does, and the records that the function had applied before it failed, or answered. */
async function runMapping({ list, controls, throttled }: Case) {
  const script = new Script([list], throttled);
  const applied: number[] = [];
  const bench = new MappingBench(controls, (seen) => {
    const answer = script.answer(seen) as Answer;
    const failed = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset);
    const heeded = controls.reportsItemFailures ? failed : [];
    const lowest = Math.min(
      Number.POSITIVE_INFINITY,
      ...heeded.map((offset) => (offset === '3' ? -1 : Number(offset))),
    );
    applied.push(...(seen[0]?.offsets ?? []).filter((offset) => offset < lowest));
    return answer;
  });
  bench.add(
    0,
    list.map(() => ({ value: 'x' })),
  );
  await bench.drain();
  return { bench, applied };
}

/** The same by the documentation. */
function runModel({ list, controls, throttled }: Case) {
  const script = new Script([list], throttled);
  const rules = {
    batchSize: controls.batchSize,
    retries: controls.retryAttempts,
    splits: controls.bisectOnError,
    partialResponses: controls.reportsItemFailures,
  };
  return modelMapping([...list.keys()], rules, (offsets): ModelOutcome => {
    const next = script.next([{ partition: 0, offsets }]);
    if (next.is === 'error' || next.is === 'throttled') return { is: next.is };
    if (next.is === 'malformed') return controls.reportsItemFailures ? { is: 'error' } : { is: 'success' };
    const [lowest] = next.failed;
    return lowest === undefined ? { is: 'success' } : { is: 'partial', lowest: lowest.offset };
  });
}

test('a partition’s records are invoked, applied and discarded exactly as the documentation says', async () => {
  const cases = record({
    list: array(nature, { minLength: 1, maxLength: 24 }),
    controls: rules,
    throttled: array(integer({ min: 1, max: 40 }), { maxLength: 6 }),
  });
  await assert(
    asyncProperty(cases, async (settings) => {
      const { bench, applied } = await runMapping(settings);
      const model = runModel(settings);
      expect(bench.seen.map(({ offsets }) => offsets)).toEqual(model.invocations);
      expect(applied).toEqual(model.applied);
      expect(bench.discarded.map(({ offsets, invocations }) => ({ offsets, invocations }))).toEqual(model.discarded);
      const fates = [...model.applied, ...model.discarded.flatMap(({ offsets }) => offsets)];
      expect(fates).toHaveLength(settings.list.length);
    }),
    { numRuns: 500 },
  );
});

const stepMs = 5_000;

const world = record({
  partitions: array(
    array(record({ nature, ageMs: integer({ min: 0, max: 90_000 }) }), { minLength: 1, maxLength: 12 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  controls: rules,
  maxRecordAgeMs: constantFrom(60_000, undefined),
  throttled: array(integer({ min: 1, max: 60 }), { maxLength: 8 }),
});

/** Runs a mapping over several partitions to its end, and counts in how many invocations each record failed. */
async function run({
  partitions,
  controls,
  maxRecordAgeMs,
  throttled,
}: typeof world extends Arbitrary<infer T> ? T : never) {
  const natures = partitions.map((list) => list.map((one) => one.nature));
  const script = new Script(natures, throttled);
  const failures = new Map<string, number>();
  const aged = maxRecordAgeMs === undefined ? {} : { maxRecordAgeMs };
  const bench: MappingBench = new MappingBench({ ...controls, ...aged }, (seen) => {
    bench.nowMs += stepMs;
    try {
      return script.answer(seen);
    } catch (error) {
      const counts = (error as AppError).code !== 'EVENTBUS_FUNCTION_THROTTLED';
      for (const key of counts ? keysOf(seen) : []) failures.set(key, (failures.get(key) ?? 0) + 1);
      throw error;
    }
  });
  const startMs = bench.nowMs;
  const times = partitions.map((list) => list.map(({ ageMs }) => startMs - ageMs));
  for (const [partition, list] of times.entries()) {
    bench.add(
      partition,
      list.map((timestampMs) => ({ value: 'x', timestampMs })),
    );
  }
  await bench.drain();
  const isTooOld = (partition: number, offset: number, atMs: number) =>
    maxRecordAgeMs !== undefined && (times[partition]?.[offset] ?? 0) < atMs - maxRecordAgeMs;
  return { bench, failures, isTooOld };
}

const keysOf = (seen: readonly Seen[]) =>
  seen.flatMap(({ partition, offsets }) => offsets.map((offset) => `${partition}-${offset}`));
const ascending = (list: readonly number[]) => [...list].sort((left, right) => left - right);

test('whatever fails in several partitions, each record has one fate, in order, within its budget and its age', async () => {
  await assert(
    asyncProperty(world, async (settings) => {
      const { bench, failures, isTooOld } = await run(settings);
      const { partitions, controls } = settings;
      for (const [partition, state] of bench.states.entries()) {
        const length = partitions[partition]?.length ?? 0;
        const discarded = bench.discarded.filter((one) => one.partition === partition);
        const seen = bench.seen.filter((one) => one.partition === partition);
        const gone = discarded.flatMap(({ offsets }) => offsets);
        // Everything has a fate; nothing goes to the destination twice or out of order, or comes back from behind.
        expect(state.position).toBe(length);
        expect(new Set([...seen.flatMap(({ offsets }) => offsets), ...gone]).size).toBe(length);
        expect(gone).toEqual(ascending([...new Set(gone)]));
        const heads = seen.map(({ offsets }) => offsets[0] as number);
        expect(heads).toEqual(ascending(heads));
        // No record is invoked or given up by its age wrongly.
        for (const { offsets, atMs } of seen) {
          expect(offsets.filter((offset) => isTooOld(partition, offset, atMs))).toEqual([]);
        }
        for (const { offsets, reason, invocations, atMs } of discarded) {
          const byAge = reason === 'RecordAgeExceeded';
          expect(byAge ? offsets.filter((offset) => !isTooOld(partition, offset, atMs)) : []).toEqual([]);
          expect(byAge ? 0 : invocations).toBe(byAge ? 0 : controls.retryAttempts + 1);
        }
      }
      // A record fails beside each one ahead of it in its batch, as itself, and while its batch is halved.
      const halvings = controls.bisectOnError ? Math.ceil(Math.log2(controls.batchSize)) : 0;
      const budget = (controls.retryAttempts + 1) * controls.batchSize + halvings;
      expect(Math.max(0, ...failures.values())).toBeLessThanOrEqual(budget);
    }),
    { numRuns: 200 },
  );
});
