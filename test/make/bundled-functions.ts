import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { bundledFile, bundleFunction } from '../../lib/bundling/function-bundle.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What a handler did with an event, in a process of its own. */
export interface Call {
  /** What it answered; absent when it threw. */
  readonly answer?: unknown;
  /** What it threw, or what kept the module from being loaded. */
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
  /** Everything else that it wrote. */
  readonly output: string;
}

/** The bundle of a function as Lambda has it: in a folder of its own, with nothing beside it but the runtime's SDK. */
export class BundledTestFunction {
  readonly metafile: Metafile;
  readonly #directory = temporaryDirectory();

  constructor(name: string) {
    const modules = join(this.#directory.path, 'node_modules');
    mkdirSync(modules);
    symlinkSync(join(import.meta.dirname, '../../node_modules/@aws-sdk'), join(modules, '@aws-sdk'));
    this.metafile = bundleFunction(name, this.folder);
  }

  get folder(): string {
    return join(this.#directory.path, 'task');
  }

  /** Starts Node with the given environment and nothing else, loads the bundle, and calls its handler once. */
  async call(event: unknown, env: Readonly<Record<string, string>> = {}): Promise<Call> {
    const module = pathToFileURL(join(this.folder, bundledFile)).href;
    const child = spawn(process.execPath, ['--enable-source-maps', '--input-type=module', '-e', program], {
      cwd: this.folder,
      env: { ...lambdaEnvironment, ...env, TEST_MODULE: module },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(JSON.stringify(event));
    const [output, errors, result] = await Promise.all(
      [child.stdout, child.stderr, child.stdio[3]].map((stream) => textOf(stream as NodeJS.ReadableStream)),
    );
    if (result === undefined || result === '') throw new Error(`the process ended without a result: ${errors}`);
    return { ...(JSON.parse(result) as Omit<Call, 'output'>), output: `${output}${errors}` };
  }

  remove(): void {
    this.#directory.remove();
  }
}

const lambdaEnvironment = {
  AWS_LAMBDA_FUNCTION_NAME: 'event-bus-test',
  AWS_LAMBDA_FUNCTION_VERSION: '7',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;

/** What Lambda's runtime does, as far as a handler sees it. */
const program = `
import { readFileSync, writeSync } from 'node:fs';
const deadline = Date.now() + 20_000;
const context = {
  awsRequestId: 'request-1',
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
};
let result;
try {
  const { handler } = await import(process.env.TEST_MODULE);
  result = { answer: await handler(JSON.parse(readFileSync(0, 'utf8')), context) ?? null };
} catch (error) {
  result = { error: { name: error.name, code: error.code, message: String(error.message) } };
}
writeSync(3, JSON.stringify(result));
process.exit(0);
`;

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
