import type { Problem } from '../model.ts';

interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

/** A problem when the value is no whole number of the range. */
export function outOfRange(path: string, value: number, range: Range): readonly Problem[] {
  const { least, most, unit } = range;
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  return [
    {
      path,
      message: `${value} is not a whole number from ${least} to ${most} (${unit})`,
      fix: `Choose a value from ${least} to ${most}.`,
    },
  ];
}
