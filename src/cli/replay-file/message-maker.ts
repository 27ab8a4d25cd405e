import type { DeviceMessage } from '../devices/device-message.ts';

export type Row = Readonly<Record<string, string>>;

/** Turns rows into messages; `end` gives what is still gathered. A row that names no device throws `UnreadableRow`. */
export interface MessageMaker {
  add(row: Row, rowNumber: number): readonly DeviceMessage[];
  end(): readonly DeviceMessage[];
  /** Cells that should hold a number and do not; they are sent as absent. */
  readonly badCells: () => number;
}

/** A row that cannot be sent because nothing says which device it is of. */
export class UnreadableRow extends Error {}

export interface NumberReader {
  read(row: Row, column: string): number | null;
  readonly bad: () => number;
}
