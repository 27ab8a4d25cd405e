import { createRequire } from 'node:module';
import { sep } from 'node:path';
import type jestRuntime from 'jest-runtime';

const load = createRequire(import.meta.url);
const { default: JestRuntime }: typeof jestRuntime = load('jest-runtime');

/** Packages without state of their own that take seconds to load. */
const shared = ['aws-cdk-lib', 'constructs', 'cdk-nag'].map((name) => `${sep}node_modules${sep}${name}${sep}`);

/** Loads the CDK once a process instead of once a test file; everything else stays apart, as Jest has it. */
export default class SharedPackagesRuntime extends JestRuntime {
  // Whatever the caller takes the module for.
  override requireModuleOrMock(from: string, moduleName: string): never {
    if (shared.some((folder) => moduleName.includes(folder))) return load(moduleName) as never;
    return super.requireModuleOrMock(from, moduleName);
  }
}
