import { describe, expect, jest, test } from '@jest/globals';
import { drills, runDrill } from './run-drill.ts';

jest.setTimeout(240_000);

/** The moments of a drill; the same seed gives the same moments. */
const seed = Number(process.env['EVENT_BUS_TEST_SEED'] ?? 20_260_504);

describe(`after trouble nothing is missing, nothing is there twice, and order holds (seed ${seed})`, () => {
  test.each(drills.filter(({ lengths }) => lengths.includes('short')).map((drill) => [drill.title, drill] as const))(
    '%s',
    async (_title, drill) => {
      const said: string[] = [];
      const verdict = await runDrill(drill, { length: 'short', seed, say: (line) => said.push(line) });
      expect({ broken: verdict.broken, said }).toEqual({ broken: [], said });
      expect(verdict.acknowledged).toBeGreaterThan(0);
    },
  );
});
