import type { DamagedPart } from '../../src/cli/audit/read-log.ts';
import type { Bus, BusOptions } from '../e2e/bus.ts';

/** How hard a drill is: `short` belongs to every test run, `medium` to the integration run, `long` to `npm run drill`. */
export const lengths = ['short', 'medium', 'long'] as const;
export type Length = (typeof lengths)[number];

export interface DrillContext {
  readonly length: Length;
  /** Numbers in [0, 1) that the drill's seed determines. */
  readonly random: () => number;
  /** Folder of the drill, removed when it ends. */
  readonly folder: string;
  startBus(options?: Partial<BusOptions>): Promise<Bus>;
  /** Done after the bus has ended, the last one first. */
  cleanUp(work: () => Promise<void>): void;
  /** Tells what is going on, one line a call. */
  say(line: string): void;
}

export interface DrillResult {
  /** The bus as it is after the trouble. */
  readonly bus: Bus;
  /** Time from the end of the trouble until every consumer had caught up, ms. */
  readonly recoveryMs: number;
  /** Readings that devices got an acknowledgement for. */
  readonly acknowledged: number;
  /** Dead letters that the trouble leaves; @default 0 */
  readonly expectedLetters?: number;
  /** What the log has lost, which the audit has to name exactly; @default nothing */
  readonly expectedDamage?: readonly DamagedPart[];
  /** Promises that did not hold, beyond those that every drill is judged by. */
  readonly broken?: readonly string[];
  /** Devices that sent out of order themselves: then the order of the log counts instead of their own; @default false */
  readonly disorderly?: boolean;
}

/** One kind of trouble, and how it is made. */
export interface Drill {
  readonly name: string;
  /** What happens, as a sentence. */
  readonly title: string;
  readonly lengths: readonly Length[];
  run(context: DrillContext): Promise<DrillResult>;
}
