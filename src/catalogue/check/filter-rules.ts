import type { Consumer, EventPattern, Problem } from '../model.ts';

const maxFilters = 5;
const maxPatternLength = 4_096;
const operators: Readonly<Record<string, (operand: unknown) => boolean>> = {
  prefix: isText,
  suffix: isText,
  'equals-ignore-case': isText,
  exists: (operand) => typeof operand === 'boolean',
  numeric: isNumeric,
  'anything-but': (operand) => Array.isArray(operand) && operand.length > 0 && operand.every(isValue),
};

/** Problems of the patterns that a mapping filters by; their syntax is that of Lambda's event filtering. */
export function filterProblems({ filters = [] }: Consumer, path: string): readonly Problem[] {
  const at = `${path}.filters`;
  const problems: Problem[] = [];
  if (filters.length > maxFilters) {
    const message = `${filters.length} filters, a mapping takes ${maxFilters}`;
    problems.push({ path: at, message, fix: 'Join alternatives in one pattern with $or.' });
  }
  for (const [index, pattern] of filters.entries()) problems.push(...patternProblems(pattern, `${at}[${index}]`));
  return problems;
}

function patternProblems(pattern: EventPattern, path: string): readonly Problem[] {
  if (JSON.stringify(pattern).length > maxPatternLength) {
    return [{ path, message: `the pattern has more than ${maxPatternLength} characters`, fix: 'Shorten it.' }];
  }
  const others = Object.keys(pattern).filter((field) => field !== 'value');
  if (others.length > 0 || pattern['value'] === undefined) {
    const message = `it names ${others.join(', ') || 'nothing'}, but a Kafka mapping filters by value alone`;
    return [{ path, message, fix: 'Write { value: … }.' }];
  }
  return fieldProblems(pattern['value'], `${path}.value`);
}

function fieldProblems(wanted: EventPattern[string], path: string): readonly Problem[] {
  if (!Array.isArray(wanted)) {
    return Object.entries(wanted as EventPattern).flatMap(([field, inner]) => fieldProblems(inner, `${path}.${field}`));
  }
  const list = wanted as readonly unknown[];
  if (path.endsWith('.$or')) {
    return list.flatMap((alternative, index) => fieldProblems(alternative as EventPattern, `${path}[${index}]`));
  }
  if (list.length === 0) {
    return [{ path, message: 'an empty list of alternatives matches nothing', fix: 'Name what is to match.' }];
  }
  return list
    .filter((alternative) => !isAlternative(alternative))
    .map((alternative) => ({
      path,
      message: `${JSON.stringify(alternative)} is no alternative of event filtering`,
      fix: `Write a value, or one of ${Object.keys(operators).join(', ')} with its operand.`,
    }));
}

function isAlternative(alternative: unknown): boolean {
  if (isValue(alternative)) return true;
  const [[operator, operand] = [], ...more] = Object.entries(alternative as object);
  return more.length === 0 && operator !== undefined && operators[operator]?.(operand) === true;
}

function isValue(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function isText(operand: unknown): boolean {
  return typeof operand === 'string';
}

/** `['>', 0, '<=', 5]` */
function isNumeric(operand: unknown): boolean {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) return false;
  return (operand as readonly unknown[]).every((part, index) =>
    index % 2 === 0 ? typeof part === 'string' && ['=', '<', '<=', '>', '>='].includes(part) : typeof part === 'number',
  );
}
