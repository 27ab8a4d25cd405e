import type { Config } from 'jest';

/** Test levels by suffix; `.integration.test.ts` needs real engines and runs through `npm run test:integration`. */
const shared = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  testEnvironment: 'node',
  // A packed SDK has the name of this package.
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
} satisfies Config;

const level = (displayName: string, suffix: string) => ({
  ...shared,
  displayName,
  testMatch: [`<rootDir>/{src,test}/**/*${suffix}.test.ts`],
});

const config: Config = {
  // Most take milliseconds; on a machine with other work, one that starts processes or a database takes long.
  testTimeout: 60_000,
  projects: [
    {
      ...level('unit', ''),
      testMatch: ['<rootDir>/{src,test}/**/!(*.property|*.contract|*.infra|*.e2e|*.integration).test.ts'],
    },
    level('property', '.property'),
    level('contract', '.contract'),
    { ...level('infra', '.infra'), runtime: '<rootDir>/test/make/shared-packages-runtime.ts' },
    level('e2e', '.e2e'),
    level('integration', '.integration'),
  ],
};

export default config;
