import { InvalidArgumentError } from 'commander';

/** Parser of a flag that takes a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}

/** Parser of a flag that takes a TCP port; 0 takes any free one. */
export const port = wholeNumber(0, 65_535);
