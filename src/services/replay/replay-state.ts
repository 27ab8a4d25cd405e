import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import type { PartitionRange } from './replay-plan.ts';

/** A range and how far it is delivered. */
export interface ReplayedRange extends PartitionRange {
  readonly topic: string;
  /** Offset after the last record that has a fate. */
  readonly next: number;
}

/** A replay as it stands in its file: enough to go on after a crash. */
export interface ReplayState {
  /** Also the file's name. */
  readonly id: string;
  readonly consumer: string;
  /** Name or ARN of its function. */
  readonly functionName: string;
  readonly lake: string;
  readonly allowGaps: boolean;
  /** Whether the consumer's tables were emptied before. */
  readonly reset: boolean;
  /** Records a second at most; null for as fast as the function goes. */
  readonly rate: number | null;
  /** Time it began, ISO 8601. */
  readonly startedAt: string;
  readonly status: 'running' | 'stopped' | 'done';
  readonly ranges: readonly ReplayedRange[];
}

/** Keeps replays in files of a folder, one each; a file appears whole or not at all. */
export class ReplayFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  save(state: ReplayState): void {
    mkdirSync(this.#folder, { recursive: true });
    const file = this.#file(state.id);
    writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 1)}\n`);
    renameSync(`${file}.new`, file);
  }

  /** @throws AppError EVENTBUS_REPLAY_UNKNOWN */
  load(id: string): ReplayState {
    if (!/^[\w-]+$/.test(id) || !existsSync(this.#file(id))) {
      throw new AppError('EVENTBUS_REPLAY_UNKNOWN', `${id} in ${this.#folder}`);
    }
    return JSON.parse(readFileSync(this.#file(id), 'utf8')) as ReplayState;
  }

  /** Every replay, the newest first. */
  list(): readonly ReplayState[] {
    if (!existsSync(this.#folder)) return [];
    const ids = readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
    return ids
      .map((name) => this.load(name.slice(0, -'.json'.length)))
      .toSorted((left, right) => right.startedAt.localeCompare(left.startedAt));
  }

  remove(id: string): void {
    rmSync(this.#file(this.load(id).id));
  }

  #file(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

/** Records that are delivered, and all of them. */
export function replayProgress(ranges: readonly ReplayedRange[]): { readonly done: number; readonly total: number } {
  return {
    done: ranges.reduce((sum, { from, next }) => sum + next - from, 0),
    total: ranges.reduce((sum, { from, to }) => sum + to - from, 0),
  };
}
