import { describe, expect, jest, test } from '@jest/globals';
import { drills, runDrill } from './run-drill.ts';

// The longest of them kills the bus twenty times; other programs may share the machine.
jest.setTimeout(1_200_000);

/** The moments of the drills; the same seed gives the same moments. */
const seed = Number(process.env['EVENT_BUS_TEST_SEED'] ?? Date.now() % 1_000_000);

/** Every kind of trouble, on embedded engines, in about 25 minutes; `npm run drill` has the full lengths. */
describe(`after longer trouble nothing is missing, nothing is there twice, and order holds (seed ${seed})`, () => {
  test.each(drills.filter(({ lengths }) => lengths.includes('medium')).map((drill) => [drill.name, drill] as const))(
    '%s',
    async (_name, drill) => {
      const said: string[] = [];
      const verdict = await runDrill(drill, { length: 'medium', seed, say: (line) => said.push(line) });
      expect({ broken: verdict.broken, said }).toEqual({ broken: [], said });
      expect(verdict.acknowledged).toBeGreaterThan(0);
    },
  );
});
