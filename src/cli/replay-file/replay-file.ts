import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors/app-error.ts';
import type { DeviceLink, LinkCounts, LinkOptions } from '../devices/device-link.ts';
import type { DeviceMessage } from '../devices/device-message.ts';
import { openLink, type Via } from '../devices/open-link.ts';
import { makeMessages } from './device-messages.ts';
import { type MessageMaker, UnreadableRow } from './message-maker.ts';
import { makePacer, type Pacer, type Speed } from './pacing.ts';
import { type Profile, type ProfileName, profiles } from './profile.ts';
import { type BadRow, countRows, type NumberedRow, readRows } from './read-rows.ts';

export interface ReplayOptions extends LinkOptions {
  readonly file: string;
  readonly profile: ProfileName;
  readonly via: Via;
  readonly speed: Speed;
  /**
   * Readings of a vehicle in one message.
   * @default what the profile says
   */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Told now and then how far the replay is. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress extends LinkCounts {
  /** Rows read so far. */
  readonly rows: number;
  /** Rows of the file. */
  readonly totalRows: number;
}

/** What became of the file. Every row read is in `rows`; every reading sent is acknowledged, refused or still open. */
export interface ReplaySummary extends LinkCounts {
  readonly file: string;
  readonly profile: ProfileName;
  readonly via: Via;
  /** Rows that were read, the bad ones included. */
  readonly rows: number;
  readonly badRows: number;
  /** The first bad rows. */
  readonly firstBadRows: readonly BadRow[];
  /** Cells that should hold a number and do not; sent as absent. */
  readonly badCells: number;
  readonly messages: number;
  /** Readings without an answer: only when the replay was interrupted. */
  readonly open: number;
  readonly interrupted: boolean;
  readonly elapsedMs: number;
}

/**
 * Reads a recorded file and sends it as its devices would have. Nothing is sent before file, columns and address have
 * proved usable.
 * @throws AppError of the area DEVICE
 */
export async function replayFile(options: ReplayOptions): Promise<ReplaySummary> {
  const startedMs = performance.now();
  const { file, via } = options;
  const profile = profileNamed(options.profile);
  assertSpeed(options.speed);
  const totalRows = await countRows(file);
  const tally = new Tally(totalRows);
  const rows = readRows(file, profile, (bad) => tally.bad(bad));
  const first = await rows.next();
  if (first.done === true) throw tally.nothing(file);
  const signal = options.signal ?? new AbortController().signal;
  const link = await openLink(via, options);
  const messages = makeMessages(profile, options.batchSize);
  const pacer = makePacer({ speed: options.speed, now: () => performance.now(), sleep: pause });
  const play = new Play({ link, messages, tally, pacer, onProgress: options.onProgress }, signal);
  try {
    await play.all(first.value, rows);
    if (tally.readable === 0) throw tally.nothing(file);
    const counts = link.counts();
    const open = counts.readings - counts.acknowledged - counts.refused;
    const facts = { file, profile: profile.name, via, open, interrupted: signal.aborted };
    return {
      ...tally.counts(),
      ...counts,
      ...facts,
      badCells: messages.badCells(),
      elapsedMs: performance.now() - startedMs,
    };
  } finally {
    await rows.return(undefined);
    await link.close();
  }
}

/** @throws AppError EVENTBUS_DEVICE_PROFILE_UNKNOWN */
export function profileNamed(name: string): Profile {
  if (Object.hasOwn(profiles, name)) return profiles[name as ProfileName];
  const what = `got "${name.slice(0, 40)}", allowed are ${Object.keys(profiles).join(', ')}`;
  throw new AppError('EVENTBUS_DEVICE_PROFILE_UNKNOWN', what);
}

function assertSpeed(speed: Speed): void {
  if (speed === 'max' || (Number.isFinite(speed) && speed > 0)) return;
  throw new AppError('EVENTBUS_DEVICE_SPEED_INVALID', `got ${speed}`);
}

/** Ends early, without an error, when the signal comes. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

const keptBadRows = 20;

/** Counts rows. */
class Tally {
  readonly totalRows: number;
  readonly #firstBad: BadRow[] = [];
  rows = 0;
  readable = 0;
  messages = 0;
  #bad = 0;

  constructor(totalRows: number) {
    this.totalRows = totalRows;
  }

  bad(row: BadRow): void {
    this.rows += 1;
    this.#bad += 1;
    if (this.#firstBad.length < keptBadRows) this.#firstBad.push(row);
  }

  counts() {
    return { rows: this.rows, badRows: this.#bad, firstBadRows: this.#firstBad, messages: this.messages };
  }

  /** Why nothing can be replayed. */
  nothing(file: string): AppError {
    if (this.#bad === 0) return new AppError('EVENTBUS_DEVICE_FILE_EMPTY', `${file} has a header line and no row`);
    const faults = this.#firstBad.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
    return new AppError('EVENTBUS_DEVICE_NO_READABLE_ROW', `${file} has ${this.#bad} rows; ${faults.join('; ')}`);
  }
}

interface Parts {
  readonly link: DeviceLink;
  readonly messages: MessageMaker;
  readonly tally: Tally;
  readonly pacer: Pacer;
  readonly onProgress: ReplayOptions['onProgress'];
}

/** Readings that are gathered before they are handed over: gRPC puts them into one request. */
const handOver = 100;
/** How long an interrupted replay waits for the acknowledgements of what is on the way, ms. */
const lastWaitMs = 5000;

class Play {
  readonly #parts: Parts;
  readonly #signal: AbortSignal;
  readonly #aborted: Promise<void>;
  #gathered: DeviceMessage[] = [];
  #gatheredReadings = 0;

  constructor(parts: Parts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#aborted = new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async all(first: NumberedRow, rest: AsyncIterable<NumberedRow>): Promise<void> {
    await this.#row(first);
    for await (const row of rest) {
      if (this.#signal.aborted) break;
      await this.#row(row);
    }
    if (!this.#signal.aborted) await this.#take(this.#parts.messages.end());
    await this.#send();
    const drained = this.#parts.link.drained();
    await this.#watched(drained);
    if (this.#signal.aborted) await Promise.race([drained, delay(lastWaitMs, undefined, { ref: false })]);
    this.#report();
  }

  /**
   * The row's place in the file is its counter: the same in every replay, so that a row that is sent twice is
   * recognised. It comes from the line, because faults are told ahead of the rows before them.
   */
  async #row({ row, line }: NumberedRow): Promise<void> {
    const { tally, messages } = this.#parts;
    let made: readonly DeviceMessage[];
    try {
      made = messages.add(row, line - 1);
    } catch (error) {
      if (!(error instanceof UnreadableRow)) throw error;
      tally.bad({ line, reason: error.message });
      return;
    }
    tally.rows += 1;
    tally.readable += 1;
    await this.#take(made);
  }

  async #take(made: readonly DeviceMessage[]): Promise<void> {
    for (const message of made) {
      if (this.#signal.aborted) return;
      await this.#whenDue(message.atMs);
      this.#gathered.push(message);
      this.#gatheredReadings += message.readings;
      if (this.#gatheredReadings >= handOver) await this.#send();
    }
  }

  /** What is due has gone out before anybody sleeps. */
  async #whenDue(atMs: number | null): Promise<void> {
    await this.#parts.pacer.until(atMs, this.#signal, () => this.#send());
  }

  async #send(): Promise<void> {
    if (this.#gathered.length === 0) return;
    const messages = this.#gathered;
    this.#gathered = [];
    this.#gatheredReadings = 0;
    this.#parts.tally.messages += messages.length;
    await this.#watched(this.#parts.link.send(messages));
    this.#report();
  }

  /** Keeps reporting while the bus is away; an interruption does not wait for it. */
  async #watched(work: Promise<void>): Promise<void> {
    const timer = setInterval(() => this.#report(), 500);
    try {
      await Promise.race([work, this.#aborted]);
    } finally {
      clearInterval(timer);
    }
  }

  #report(): void {
    const { tally, link, onProgress } = this.#parts;
    onProgress?.({ ...link.counts(), rows: tally.rows, totalRows: tally.totalRows });
  }
}
