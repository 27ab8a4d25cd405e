import { describe, expect, test } from '@jest/globals';
import { assertBundle, bundleBudgetBytes, bundleFindings, largerBudgets } from '../../../lib/checks/bundles.ts';

function metafile(bytes: number, ...inputs: readonly string[]) {
  const code = {
    bytes,
    inputs: Object.fromEntries(inputs.map((path) => [path, { bytesInOutput: 1 }])),
    imports: [],
    exports: ['handler'],
    entryPoint: 'lambdas/a.ts',
  };
  const map = { bytes: 9_000_000, inputs: {}, imports: [], exports: [] };
  return { outputs: { 'index.mjs': code, 'index.mjs.map': map } };
}

describe('the check of a bundle', () => {
  test('has nothing against one within its budget, whatever its source map weighs', () => {
    expect(bundleFindings('a', metafile(bundleBudgetBytes, 'lambdas/a.ts', 'src/core/window.ts'))).toEqual([]);
  });

  test('refuses one over the budget, with its size, what is allowed and the way out', () => {
    const [finding] = bundleFindings('a', metafile(260_100, 'lambdas/a.ts'));
    expect(finding?.message).toMatch(/260\.1 kB of minified code, allowed are 260\.0 kB; .*lib\/checks\/bundles\.ts/);
  });

  test('allows more to a function whose reason is written down', () => {
    const allowed = largerBudgets['telemetry-cleaner']?.bytes ?? 0;
    expect(bundleFindings('telemetry-cleaner', metafile(allowed))).toEqual([]);
    expect(bundleFindings('telemetry-cleaner', metafile(allowed + 1))).toHaveLength(1);
  });

  test.each([
    'src/local/platform/platform.ts',
    'node_modules/@electric-sql/pglite/dist/index.js',
    'node_modules/@duckdb/node-api/lib/index.js',
    'node_modules/aedes/aedes.js',
    'node_modules/aws-cdk-lib/index.js',
    'node_modules/@aws-sdk/client-s3/dist-es/index.js',
  ])('refuses one that contains %s', (input) => {
    expect(() => assertBundle('a', metafile(1, 'lambdas/a.ts', input))).toThrow(
      `lambdas/a.ts:\n- it contains ${input}`,
    );
  });

  test('has a reason of some length for every larger budget', () => {
    expect(
      Object.values(largerBudgets).filter(({ bytes, reason }) => bytes <= bundleBudgetBytes || reason.length < 40),
    ).toEqual([]);
  });
});
