import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DamagedPart } from '../../src/cli/audit/read-log.ts';
import { seededRandom } from '../../src/core/simulation/random.ts';
import { killLeftovers, startBus } from '../e2e/bus.ts';
import { audit } from '../e2e/observing.ts';
import { clockDrill } from './clock-drill.ts';
import { damageDrills } from './damage-drills.ts';
import { deliveryDrill } from './delivery-drill.ts';
import { diskDrills } from './disk-drills.ts';
import type { Drill, DrillResult, Length } from './drill.ts';
import { handlerDrills } from './handler-drills.ts';
import { kafkaDrills } from './kafka-drills.ts';
import { disorderedVehicles } from './order.ts';
import { poisonDrill } from './poison-drill.ts';
import { postgresDrills } from './postgres-drills.ts';
import { processDrills } from './process-drills.ts';
import { storeDrills } from './store-drills.ts';

export const drills: readonly Drill[] = [
  ...postgresDrills,
  ...kafkaDrills,
  ...handlerDrills,
  ...processDrills,
  ...diskDrills,
  ...storeDrills,
  clockDrill,
  deliveryDrill,
  ...damageDrills,
  poisonDrill,
];

/** What a drill showed; every promise that did not hold is a line of `broken`. */
export interface Verdict {
  readonly broken: readonly string[];
  readonly acknowledged: number;
  readonly recoveryMs: number;
  /** Largest resident size of the bus, bytes. */
  readonly peakBytes: number;
}

/** Memory above which a bus is out of bounds, bytes. */
const maxPeakBytes = 3 * 1024 ** 3;

export interface DrillOptions {
  readonly length: Length;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Leaves the folder of a drill that failed or broke a promise, and says where; @default false */
  readonly keep?: boolean;
}

/** Runs a drill to its end and judges what it left behind. */
export async function runDrill(drill: Drill, { length, seed, say, keep = false }: DrillOptions): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-drill-'));
  const cleanUps: (() => Promise<void>)[] = [];
  let sound = false;
  try {
    const result = await drill.run({
      length,
      random: seededRandom(seed),
      folder,
      say,
      // The audit waits for the lake's files.
      startBus: (options) =>
        startBus({
          dataDir: join(folder, 'bus'),
          flags: ['--lake-seconds', length === 'short' ? '1' : '2'],
          ...options,
        }),
      cleanUp: (work) => void cleanUps.push(work),
    });
    const { acknowledged, recoveryMs } = result;
    const broken = await brokenPromises(result);
    const peakBytes = peakOf(result.bus.pid);
    if (peakBytes > maxPeakBytes) broken.push(`memory reached ${Math.round(peakBytes / 1024 ** 2)} MB`);
    sound = broken.length === 0;
    return { broken, acknowledged, recoveryMs, peakBytes };
  } finally {
    await killLeftovers();
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    if (sound || !keep) rmSync(folder, { recursive: true, force: true });
    else say(`what is left of it: ${folder}`);
  }
}

async function brokenPromises(result: DrillResult): Promise<string[]> {
  const { bus, acknowledged, expectedLetters = 0, expectedDamage = [], disorderly = false } = result;
  const broken: string[] = [...(result.broken ?? [])];
  const { report } = await audit(bus);
  if (report.missing > 0) broken.push(`${report.missing} records are missing`);
  if (report.duplicated > 0) broken.push(`${report.duplicated} effects are there twice`);
  const [found, wanted] = [report.damaged, expectedDamage].map(damageText);
  if (found !== wanted) broken.push(`the audit names as damaged ${found}; damaged was ${wanted}`);
  const letters = report.rows.reduce((sum, { deadLettered }) => sum + deadLettered, 0);
  if (letters !== expectedLetters) broken.push(`${letters} dead letters, expected ${expectedLetters}`);
  const raw = report.rows.filter(({ consumer }) => consumer === 'telemetry-cleaner');
  const readings = raw.reduce((sum, row) => sum + row.items, 0);
  if (readings < acknowledged) broken.push(`${acknowledged} readings acknowledged, ${readings} in the log`);
  const disordered = disorderly ? [] : await disorderedVehicles(bus);
  if (disordered.length > 0) broken.push(`out of order: ${disordered.slice(0, 5).join(', ')}`);
  return broken;
}

const damageText = (parts: readonly DamagedPart[]) =>
  parts
    .map(({ topic, partition, first, last }) => `${topic} ${partition}/${first}-${last}`)
    .toSorted()
    .join(', ') || 'nothing';

/** 0 where the system does not tell. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
