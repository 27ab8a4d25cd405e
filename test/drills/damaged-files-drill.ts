import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folders } from '../../src/local/platform/settings.ts';
import { killLeftovers, runStart, runVerb } from '../e2e/bus.ts';
import type { Drill, DrillContext } from './drill.ts';
import { startLoad, untilCaughtUp } from './load.ts';
import { poisons, publish } from './raw-messages.ts';
import { fillWriteAheadLog, leftBytes, writeAheadLogOf } from './write-ahead-log.ts';

/** A file that is damaged, and how the bus has to say so. */
interface Damage {
  readonly what: string;
  readonly damage: (dataDir: string) => void;
  /** Code that the start ends with; absent: it starts. */
  readonly refusedWith?: string;
  /** A verb that has to tell of it while the bus runs, and the code that it ends with; absent: its audit is sound. */
  readonly verb?: { readonly words: readonly string[]; readonly code: string };
  /** Flags that the refusal names as the way out, with which the bus starts. */
  readonly wayOut?: readonly string[];
  /** True when the bus was killed before, so that the log's newest records are in its write-ahead log alone. */
  readonly killed?: boolean;
}

const garbage = (file: string, bytes = 4096) => {
  const whole = readFileSync(file);
  whole.fill(0x5a, 0, Math.min(bytes, whole.length));
  writeFileSync(file, whole);
};
const halve = (file: string) => truncateSync(file, statSync(file).size >> 1);

function filesBelow(folder: string, extension: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith(extension)).map((name) => join(folder, name));
}

/** The largest file, which holds the most. */
const largest = (files: readonly string[]) =>
  files.toSorted((one, other) => statSync(other).size - statSync(one).size)[0] ?? '';

const damages: readonly Damage[] = [
  {
    what: 'the head of the log’s file overwritten',
    damage: (dataDir) => garbage(join(folders(dataDir).kafka, 'log.sqlite')),
    refusedWith: 'EVENTBUS_BROKER_DATA_CORRUPT',
  },
  {
    what: 'the log’s file cut to half',
    damage: (dataDir) => halve(join(folders(dataDir).kafka, 'log.sqlite')),
    refusedWith: 'EVENTBUS_BROKER_DATA_CORRUPT',
  },
  {
    what: 'the log’s write-ahead log cut to 64 KiB, after a kill',
    killed: true,
    damage: (dataDir) => truncateSync(writeAheadLogOf(dataDir), leftBytes),
    refusedWith: 'EVENTBUS_LOCAL_LOG_REPLACED',
    wayOut: ['--forget-positions'],
  },
  {
    what: 'the queue’s file overwritten',
    damage: (dataDir) => garbage(join(folders(dataDir).queue, 'queue.sqlite')),
    refusedWith: 'EVENTBUS_QUEUE_STORE',
  },
  {
    what: 'the queue’s file cut to half',
    damage: (dataDir) => halve(join(folders(dataDir).queue, 'queue.sqlite')),
    refusedWith: 'EVENTBUS_QUEUE_STORE',
  },
  {
    what: 'the lake’s state overwritten',
    damage: (dataDir) => garbage(join(folders(dataDir).lake, 'delivery.sqlite')),
    refusedWith: 'EVENTBUS_LAKE_STATE_CORRUPT',
  },
  {
    what: 'a Parquet file cut to half',
    damage: (dataDir) => halve(largest(filesBelow(join(folders(dataDir).lake, 'bronze'), '.parquet'))),
    verb: { words: ['audit'], code: 'EVENTBUS_AUDIT_SINK_UNREADABLE' },
  },
  {
    what: 'PostgreSQL’s control file overwritten',
    damage: (dataDir) => garbage(join(folders(dataDir).postgres, 'data', 'global', 'pg_control')),
    refusedWith: 'EVENTBUS_POSTGRES_DATA_DIR_CORRUPT',
  },
  {
    what: 'PostgreSQL’s control file gone',
    damage: (dataDir) => rmSync(join(folders(dataDir).postgres, 'data', 'global', 'pg_control')),
    refusedWith: 'EVENTBUS_POSTGRES_DATA_DIR_CORRUPT',
  },
  {
    what: 'PostgreSQL’s write-ahead log overwritten',
    damage: (dataDir) => {
      for (const file of filesBelow(join(folders(dataDir).postgres, 'data', 'pg_wal'), '').filter((name) =>
        statSync(name).isFile(),
      ))
        garbage(file, 16 * 1024 * 1024);
    },
    refusedWith: 'EVENTBUS_POSTGRES_DATA_DIR_CORRUPT',
  },
  {
    what: 'endpoints.json cut to half',
    damage: (dataDir) => halve(join(dataDir, 'endpoints.json')),
  },
  {
    what: 'the lock overwritten',
    damage: (dataDir) => writeFileSync(join(dataDir, 'lock'), 'ZZZZ'),
  },
  {
    what: 'the authority’s certificate overwritten',
    damage: (dataDir) => garbage(join(folders(dataDir).certificates, 'ca.crt')),
    refusedWith: 'EVENTBUS_INGEST_CERTIFICATES_CORRUPT',
  },
];

/** A start that has to fail and has not by now never will. */
const startsWithinMs = 180_000;

/** What a start or a verb said, as far as it is worth a line. */
const firstLine = (text: string) => text.split('\n').find((line) => line.includes('EVENTBUS_')) ?? text.slice(0, 200);

interface States {
  readonly stopped: string;
  readonly killed: string;
}

async function tryDamage(context: DrillContext, states: States, one: Damage): Promise<readonly string[]> {
  const dataDir = join(context.folder, 'damaged');
  rmSync(dataDir, { recursive: true, force: true });
  cpSync(one.killed === true ? states.killed : states.stopped, dataDir, { recursive: true });
  one.damage(dataDir);
  try {
    return await verdictOn(context, dataDir, one);
  } finally {
    await killLeftovers();
  }
}

async function verdictOn(context: DrillContext, dataDir: string, one: Damage): Promise<readonly string[]> {
  const { what, refusedWith, verb, wayOut } = one;
  if (refusedWith !== undefined) {
    const said = await Promise.race([runStart({ dataDir }), sleep(startsWithinMs, undefined, { ref: false })]);
    if (said === undefined) return [`${what}: the bus started as if nothing had happened`];
    const text = `${said.output}${said.errors}`;
    context.say(`${what}: ${firstLine(text)}`);
    if (!text.includes(refusedWith)) return [`${what}: wanted ${refusedWith}, the start ended with ${firstLine(text)}`];
    if (wayOut === undefined) return [];
  }
  const bus = await context.startBus({ dataDir, flags: ['--lake-seconds', '2', ...(wayOut ?? [])] });
  await untilCaughtUp(bus);
  if (wayOut !== undefined) {
    context.say(`with ${wayOut.join(' ')} the bus starts`);
    return [];
  }
  if (verb === undefined) {
    const { output, errors, exitCode } = await runVerb(['audit', '--wait', '60', '--data-dir', dataDir]);
    context.say(`${what}: the bus starts, and its audit ends with ${exitCode}`);
    return exitCode === 0 ? [] : [`${what}: ${output}${errors}`];
  }
  const { output, errors, exitCode } = await runVerb([...verb.words, '--data-dir', dataDir]);
  context.say(`${what}: ${firstLine(errors)}`);
  const told = exitCode !== 0 && `${output}${errors}`.includes(verb.code);
  return told ? [] : [`${what}: "${verb.words.join(' ')}" ended with ${exitCode}: ${output}${errors}`];
}

export const damagedFiles: Drill = {
  name: 'damaged-files',
  title:
    'files of the bus are overwritten, cut and removed while it is down: it refuses to start, or says what is damaged',
  lengths: ['medium', 'long'],
  async run(context) {
    const bus = await context.startBus();
    const load = startLoad(bus.dataDir, 300);
    await publish(
      bus,
      poisons.map((make, index) => make(`bad-${index}`)),
    );
    await sleep(3000);
    const { acknowledged } = await load.stop();
    await untilCaughtUp(bus);
    await fillWriteAheadLog(bus);
    await bus.kill();
    const killed = join(context.folder, 'killed');
    cpSync(bus.dataDir, killed, { recursive: true });
    await (await context.startBus()).stop();
    const broken: string[] = [];
    for (const one of damages) broken.push(...(await tryDamage(context, { stopped: bus.dataDir, killed }, one)));
    const again = await context.startBus();
    return {
      bus: again,
      recoveryMs: await untilCaughtUp(again),
      acknowledged,
      expectedLetters: poisons.length,
      broken,
    };
  },
};
