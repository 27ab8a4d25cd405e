/**
 * Loaded before a bus: functions end, hang or eat their memory, as the files of a folder ask. `?folder=` names the folder.
 * A file `<anything>.<function>.<ending>.<moment>` is one fault, taken by the first invocation that renames it.
 * A record whose key is `ends-<ending>` ends its invocation each time.
 */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, workerData } from 'node:worker_threads';

/** How an invocation ends: its environment exits, computes for ever, never answers, or runs out of memory. */
export type Ending = 'exit' | 'loop' | 'silence' | 'memory';
/** Before the handler, somewhere in it, or after all its effects. */
export type Moment = 'before' | 'within' | 'after';

type Handler = (event: unknown, context: unknown) => unknown;

const folder = new URL(import.meta.url).searchParams.get('folder') ?? '';
const settings = workerData as { readonly name?: string; readonly module?: string } | null;
const { name = '', module = '' } = settings ?? {};

if (!isMainThread && module !== '') {
  registerHooks({
    load(url, context, nextLoad) {
      if (url !== module) return nextLoad(url, context);
      const source = `import { handler as real } from ${JSON.stringify(`${url}?real`)};
        import { faulty } from ${JSON.stringify(import.meta.url)};
        export const handler = faulty(real);`;
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

/** The handler with the faults that the folder asks of it. */
export function faulty(real: Handler): Handler {
  return async (event, context) => {
    const asked = endingOfRecords(event);
    if (asked !== undefined) await end(asked);
    const fault = taken();
    if (fault === undefined) return real(event, context);
    if (fault.moment === 'before') await end(fault.ending);
    const work = real(event, context);
    if (fault.moment === 'within') await sleep(Math.random() * 10);
    else await work;
    return end(fault.ending);
  };
}

function taken(): { readonly ending: Ending; readonly moment: Moment } | undefined {
  if (!existsSync(folder)) return undefined;
  for (const file of readdirSync(folder)) {
    const [, wanted, ending, moment] = file.split('.');
    if (wanted !== name) continue;
    try {
      renameSync(join(folder, file), join(folder, '..', `taken-${file}`));
      return { ending: ending as Ending, moment: moment as Moment };
    } catch {
      // Another invocation was faster.
    }
  }
  return undefined;
}

function endingOfRecords(event: unknown): Ending | undefined {
  const { records = {} } = event as {
    readonly records?: Readonly<Record<string, readonly { readonly key?: string }[]>>;
  };
  for (const list of Object.values(records)) {
    for (const { key = '' } of list) {
      const text = Buffer.from(key, 'base64').toString();
      if (text.startsWith('ends-')) return text.slice('ends-'.length) as Ending;
    }
  }
  return undefined;
}

async function end(ending: Ending): Promise<never> {
  const eaten: unknown[] = [];
  switch (ending) {
    case 'exit':
      return process.exit(1);
    case 'loop':
      for (;;);
    case 'silence':
      return new Promise<never>(() => {});
    case 'memory':
    default:
      for (;;) eaten.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
  }
}
