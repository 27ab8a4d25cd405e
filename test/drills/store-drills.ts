import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folders } from '../../src/local/platform/settings.ts';
import type { Bus } from '../e2e/bus.ts';
import { deadLetters } from '../e2e/observing.ts';
import type { Drill, DrillContext, DrillResult } from './drill.ts';
import { startLoad, until, untilCaughtUp } from './load.ts';
import { type Message, poisons, publish } from './raw-messages.ts';

const lettersPerSecond = 20;

/** A stretch of trouble. */
interface Stage {
  readonly what: string;
  begin(bus: Bus): void;
  end(bus: Bus): void;
}

interface StoreTrouble {
  /** Module below `faults` that makes the trouble; it is given the file that {@link fault} writes. */
  readonly module: string;
  readonly stages: (fault: (text: string) => void) => readonly Stage[];
}

/** Load with poison in it, so that letters have to be kept; each stage of trouble lasts a while, with none between them. */
async function run(context: DrillContext, { module, stages }: StoreTrouble): Promise<DrillResult> {
  const file = join(context.folder, 'fault');
  const fault = (text: string) => writeFileSync(file, text);
  fault('');
  const bus = await context.startBus({ preload: new URL(`./faults/${module}?file=${file}`, import.meta.url) });
  const load = startLoad(bus.dataDir, 300);
  const seconds = context.length === 'long' ? 30 : 10;
  const letters = seconds * lettersPerSecond;
  let made = 0;
  for (const stage of stages(fault)) {
    await sleep(2000);
    stage.begin(bus);
    await publish(bus, poisonOnly(letters, made), lettersPerSecond);
    made += letters;
    stage.end(bus);
    context.say(`${stage.what} for ${seconds} s`);
  }
  const { acknowledged } = await load.stop();
  const recoveryMs = await untilCaughtUp(bus);
  const started = performance.now();
  let kept = 0;
  await until(async () => {
    kept = (await deadLetters(bus, 'telemetry-cleaner', made)).filter(({ value }) => value !== null).length;
    return kept === made;
  }, `all ${made} letters are kept with their payload`);
  const storedMs = Math.round(performance.now() - started);
  context.say(`${kept} letters with their payload, the last one ${storedMs} ms after the consumers had caught up`);
  return { bus, recoveryMs, acknowledged, expectedLetters: made };
}

/** Bad messages of all causes, from devices that no other stage has. */
function* poisonOnly(count: number, from: number): Generator<Message> {
  for (let index = from; index < from + count; index += 1) {
    const make = poisons[index % poisons.length];
    if (make !== undefined) yield make(`bad-${index}`);
  }
}

const switched = (fault: (text: string) => void, text: string, what: string): Stage => ({
  what,
  begin: () => fault(text),
  end: () => fault(''),
});

/** A file stands in the place of the folder, which root's rights do not help against. */
const folderGone: Stage = {
  what: 'the object store away',
  begin: ({ dataDir }) => {
    const { objects } = folders(dataDir);
    mkdirSync(objects, { recursive: true });
    renameSync(objects, `${objects}.away`);
    writeFileSync(objects, '');
  },
  end: ({ dataDir }) => {
    const { objects } = folders(dataDir);
    rmSync(objects);
    renameSync(`${objects}.away`, objects);
  },
};

export const storeDrills: readonly Drill[] = [
  {
    name: 'objects-failing',
    title: 'the object store is away, then fails at every third write, while records are dead-lettered',
    lengths: ['medium', 'long'],
    run: (context) =>
      run(context, {
        module: 'write-faults.ts',
        stages: (fault) => [folderGone, switched(fault, 'third', 'every third write to the object store fails')],
      }),
  },
  {
    name: 'queue-failing',
    title:
      'the dead-letter queue is away, silent, slow, and fails at every third request, while records are dead-lettered',
    lengths: ['medium', 'long'],
    run: (context) =>
      run(context, {
        module: 'queue-faults.ts',
        stages: (fault) => [
          switched(fault, 'away', 'the queue away'),
          switched(fault, 'silent', 'the queue silent'),
          switched(fault, 'slow', 'the queue slow'),
          switched(fault, 'third', 'every third request to the queue fails'),
        ],
      }),
  },
];
