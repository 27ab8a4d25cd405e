import { expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constant, constantFrom, oneof } from 'fast-check';
import type { Item, Outcome } from '../../../src/consumers/batch/processor.ts';
import { parseMetricsLine } from '../../../src/core/embedded-metrics.ts';
import { applied, dependency, poison, type TestValue, testEngine, transient } from '../../make/batch-engine.ts';
import { lambdaContext, mskEvent, mskRecord } from '../../make/msk-event.ts';

/** How one record behaves: fine, undecodable, at fault itself, failing so often before it works, or held by an outage. */
type Nature = 'fine' | 'undecodable' | 'poison' | 'flaky' | 'broken' | 'outage';

const nature = oneof(
  { weight: 12, arbitrary: constant<Nature>('fine') },
  { weight: 3, arbitrary: constantFrom<Nature>('undecodable', 'poison', 'flaky', 'broken') },
  { weight: 1, arbitrary: constant<Nature>('outage') },
);

/** Applies all or nothing, in the nature of the records; remembers every effect. */
class World {
  readonly effects: number[] = [];
  readonly #natures: readonly Nature[];
  readonly #flakes = new Map<number, number>();

  constructor(natures: readonly Nature[]) {
    this.#natures = natures;
  }

  apply({ items }: { readonly items: readonly Item<TestValue>[] }): Promise<readonly Outcome[]> {
    for (const { offset } of items) {
      const failure = this.#failureOf(offset);
      if (failure !== null) return Promise.reject(failure);
    }
    this.effects.push(...items.map(({ offset }) => offset));
    return Promise.resolve(items.map(() => applied));
  }

  #failureOf(offset: number): Error | null {
    switch (this.#natures[offset]) {
      case 'poison':
        return poison();
      case 'broken':
        return new TypeError('a bug');
      case 'outage':
        return dependency();
      case 'flaky': {
        const failures = this.#flakes.get(offset) ?? 0;
        this.#flakes.set(offset, failures + 1);
        return failures < 2 ? transient() : null;
      }
      case 'fine':
      case 'undecodable':
      case undefined:
      default:
        return null;
    }
  }
}

test('every record has exactly one fate, in order, and only an outage holds a partition', async () => {
  await assert(
    asyncProperty(array(nature, { minLength: 1, maxLength: 60 }), async (natures) => {
      const world = new World(natures);
      const { handler, deadLetters, metrics } = testEngine(world);
      const records = natures.map((kind, offset) =>
        mskRecord({ offset, value: kind === 'undecodable' ? '{"broken":true}' : '{}' }),
      );
      const { batchItemFailures } = await handler(mskEvent(records), lambdaContext());

      const outage = natures.indexOf('outage');
      const handedBackFrom = batchItemFailures[0]?.itemIdentifier.offset ?? natures.length;
      const letters = deadLetters.letters.map(({ offset }) => offset);
      const settled = [...world.effects, ...letters].sort((left, right) => left - right);

      expect(batchItemFailures.length > 0).toBe(outage >= 0);
      expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset)).toEqual(
        Array.from({ length: natures.length - handedBackFrom }, (_, index) => handedBackFrom + index),
      );
      expect(settled).toEqual(Array.from({ length: handedBackFrom }, (_, offset) => offset));
      expect(world.effects).toEqual([...world.effects].sort((left, right) => left - right));
      for (const offset of letters) expect(['undecodable', 'poison', 'broken']).toContain(natures[offset]);
      // Nothing that works is handed back, except beside the outage in a batch that has nothing at fault to part it.
      expect(handedBackFrom).toBeLessThanOrEqual(outage < 0 ? natures.length : outage);
      const counts = parseMetricsLine(metrics[0] ?? '');
      expect(counts).toMatchObject({
        applied: world.effects.length,
        deadLettered: letters.length,
        failed: natures.length - handedBackFrom,
      });
    }),
    { numRuns: 300 },
  );
});
