import { type Refusal, refused } from './decider.ts';

const maxIdLength = 128;
/** Beyond it sums of a long order would no longer be exact. */
export const maxAmountMinor = 1_000_000_000_000;

/** Checks of the fields of a command, in order; the first that fails refuses it. */
export type FieldProblem = string | null;

/** The first problem as a refusal; null when there is none. */
export function firstProblem(problems: readonly FieldProblem[]): { readonly refused: Refusal } | null {
  const found = problems.find((problem) => problem !== null);
  return found === undefined || found === null ? null : refused('EVENTBUS_ORDER_INVALID', found);
}

export function idProblem(name: string, value: string): FieldProblem {
  // Ids are parts of stream names and record keys.
  if (typeof value === 'string' && /^[\w.:@/+=-]+$/.test(value) && value.length <= maxIdLength) return null;
  return `${name} is ${shown(value)}; allowed are 1 to ${maxIdLength} letters, digits and _ . : @ / + = -`;
}

export function currencyProblem(name: string, value: string): FieldProblem {
  return /^[A-Z]{3}$/.test(value) ? null : `${name} is ${shown(value)}; allowed are three capital letters such as EUR`;
}

export function amountProblem(name: string, value: number): FieldProblem {
  return integerProblem(name, value, [0, maxAmountMinor]);
}

export function integerProblem(name: string, value: number, [least, most]: readonly [number, number]): FieldProblem {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return null;
  return `${name} is ${shown(value)}; allowed are whole numbers from ${least} to ${most}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value);
}
