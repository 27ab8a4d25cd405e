import type { Problem } from '../model.ts';

interface Named {
  readonly name: string;
}

/** One problem for each name that occurs more than once in a list. */
export function duplicateNames(list: string, entries: readonly Named[]): readonly Problem[] {
  return repeated(entries.map(({ name }) => name)).map((name) => ({
    path: `${list}[${name}].name`,
    message: `the name "${name}" is declared more than once`,
    fix: 'Rename or remove all but one.',
  }));
}

/** The values that occur more than once, each named once. */
export function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
