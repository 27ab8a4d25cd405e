import type { Consumer, Problem } from '../model.ts';
import { outOfRange } from './number-range.ts';

const maxFilters = 5;
const maxPatternLength = 4_096;
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** Problems of what a consumer asks of its event source mappings. */
export function mappingProblems(consumer: Consumer, path: string, topics: ReadonlySet<string>): readonly Problem[] {
  return [
    ...retries(consumer, path),
    ...recordAge(consumer, path),
    ...destination(consumer, path, topics),
    ...filters(consumer, path),
    ...startingPosition(consumer, path),
  ];
}

function retries({ retryAttempts, onFailure }: Consumer, path: string): readonly Problem[] {
  const at = `${path}.retryAttempts`;
  const problems = outOfRange(at, retryAttempts, { least: -1, most: 10_000, unit: 'invocations, -1 for no limit' });
  if (problems.length > 0 || retryAttempts !== -1 || onFailure === undefined) return problems;
  const message = 'there is no limit, but an on-failure destination: Lambda then gives up after 10 retries';
  return [{ path: at, message, fix: 'Set the number of retries that is meant, or remove onFailure.' }];
}

function recordAge({ maxRecordAgeMs }: Consumer, path: string): readonly Problem[] {
  if (maxRecordAgeMs === undefined) return [];
  const at = `${path}.maxRecordAgeMs`;
  const problems = outOfRange(at, maxRecordAgeMs, { least: 60_000, most: 604_800_000, unit: 'ms' });
  if (problems.length > 0 || maxRecordAgeMs % 1_000 === 0) return problems;
  const message = `${maxRecordAgeMs} ms are no whole seconds, which is what a mapping counts`;
  return [{ path: at, message, fix: 'Choose a multiple of 1,000.' }];
}

function destination(consumer: Consumer, path: string, topics: ReadonlySet<string>): readonly Problem[] {
  const { onFailure } = consumer;
  const at = `${path}.onFailure`;
  if (onFailure === undefined || onFailure === 'object-store') return [];
  if (onFailure === 'queue') {
    if (consumer.deadLetter) return [];
    const message = 'the consumer has no dead-letter queue';
    return [{ path: at, message, fix: 'Set deadLetter, or choose another destination.' }];
  }
  const topic = onFailure.startsWith('topic:') ? onFailure.slice('topic:'.length) : null;
  if (topic === null || !topics.has(topic)) {
    const message = `"${onFailure}" is no destination`;
    return [{ path: at, message, fix: 'Write queue, object-store or topic:<name of a declared topic>.' }];
  }
  if (!consumer.topics.includes(topic)) return [];
  const message = `the consumer reads "${topic}", so records it fails on would come back for ever`;
  return [{ path: at, message, fix: 'Choose another topic.' }];
}

function filters({ filters: patterns = [] }: Consumer, path: string): readonly Problem[] {
  const at = `${path}.filters`;
  const problems: Problem[] = [];
  if (patterns.length > maxFilters) {
    const message = `${patterns.length} filters, a mapping takes ${maxFilters}`;
    problems.push({ path: at, message, fix: 'Join alternatives in one pattern with $or.' });
  }
  for (const [index, pattern] of patterns.entries()) {
    if (JSON.stringify(pattern).length <= maxPatternLength) continue;
    const message = `the pattern has more than ${maxPatternLength} characters`;
    problems.push({ path: `${at}[${index}]`, message, fix: 'Shorten it.' });
  }
  return problems;
}

function startingPosition({ startingPosition: start }: Consumer, path: string): readonly Problem[] {
  if (start === undefined || start === 'earliest' || start === 'latest') return [];
  if (isoTime.test(start.timestamp) && Number.isFinite(Date.parse(start.timestamp))) return [];
  const message = `"${start.timestamp}" is no time in UTC`;
  return [{ path: `${path}.startingPosition`, message, fix: 'Write it like 2026-05-04T10:00:00Z.' }];
}
