import type { Consumer, Problem } from '../model.ts';
import { outlastsMs } from '../outage-budget.ts';
import { filterProblems } from './filter-rules.ts';
import { outOfRange } from './number-range.ts';

/** Shortest outage that has to pass without a record at the on-failure destination. */
const leastOutageMs = 15 * 60_000;
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** Problems of what a consumer asks of its event source mappings. */
export function mappingProblems(consumer: Consumer, path: string, topics: ReadonlySet<string>): readonly Problem[] {
  return [
    ...retries(consumer, path),
    ...outageBudget(consumer, path),
    ...recordAge(consumer, path),
    ...destination(consumer, path, topics),
    ...filterProblems(consumer, path),
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

/**
 * While a dependency is away the batch engine keeps an invocation until shortly before its time limit, and each costs
 * one retry. What the retries last has to leave time to stop the mapping.
 */
function outageBudget(consumer: Consumer, path: string): readonly Problem[] {
  const { retryAttempts, timeoutMs, onFailure } = consumer;
  if (onFailure === undefined || retryAttempts < 0) return [];
  const lastsMs = outlastsMs(consumer);
  if (lastsMs >= leastOutageMs) return [];
  const [lasts, least] = [lastsMs, leastOutageMs].map((ms) => Math.max(0, Math.floor(ms / 60_000)));
  const message = `an outage of ${lasts} minutes uses up ${retryAttempts} retries of ${timeoutMs} ms, wanted ${least}`;
  return [{ path: `${path}.retryAttempts`, message, fix: 'Raise retryAttempts or timeoutMs.' }];
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

function startingPosition({ startingPosition: start }: Consumer, path: string): readonly Problem[] {
  if (start === undefined || start === 'earliest' || start === 'latest') return [];
  if (isoTime.test(start.timestamp) && Number.isFinite(Date.parse(start.timestamp))) return [];
  const message = `"${start.timestamp}" is no time in UTC`;
  return [{ path: `${path}.startingPosition`, message, fix: 'Write it like 2026-05-04T10:00:00Z.' }];
}
