import type { Consumer } from '../../catalogue/model.ts';
import { metricsLine } from '../../core/embedded-metrics.ts';
import type { FailedRecord } from './dead-letter.ts';
import type { Failure } from './failure.ts';
import type { RunResult } from './partition-run.ts';

/** The part of a pino logger that the engine writes to. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

interface PartitionReport {
  readonly topic: string;
  readonly partition: number;
  /** Records delivered. */
  readonly total: number;
  readonly result: RunResult;
}

interface RetryReport {
  readonly topic: string;
  readonly partition: number;
  readonly failure: Failure;
  readonly attempt: number;
  readonly waitMs: number;
}

interface TopicCounts {
  applied: number;
  readonly skipped: Record<string, number>;
  deadLettered: number;
  failed: number;
  waiting: number;
}

/** Letters of one invocation that get a log line of their own; the others are only counted. */
const maxLoggedLetters = 20;

/** Gathers what one invocation did: log lines at once, metrics at its end. Never holds or writes a payload. */
export class InvocationReport {
  readonly #consumer: Consumer;
  readonly #log: Log;
  readonly #topics = new Map<string, TopicCounts>();
  #loggedLetters = 0;

  constructor(consumer: Consumer, log: Log) {
    this.#consumer = consumer;
    this.#log = log;
  }

  retry({ topic, partition, failure, attempt, waitMs }: RetryReport): void {
    const { code, message } = failure;
    this.#log.warn({ consumer: this.#consumer.name, topic, partition, code, attempt, waitMs }, message);
  }

  partition({ topic, partition, total, result }: PartitionReport): void {
    const { letters, stop } = result;
    const counts = this.#countsOf(topic);
    let skipped = 0;
    for (const [reason, count] of Object.entries(result.skipped)) {
      counts.skipped[reason] = (counts.skipped[reason] ?? 0) + count;
      skipped += count;
    }
    counts.applied += result.applied;
    counts.deadLettered += letters.length;
    const failed = Math.max(0, total - result.applied - skipped - letters.length);
    counts.failed += failed;
    if (stop?.failure.kind === 'dependency') counts.waiting += failed;
    for (const letter of letters) this.#logLetter(letter);
    if (stop === null) return;
    const { code, message } = stop.failure;
    const fields = { consumer: this.#consumer.name, topic, partition, offset: stop.offset, code };
    this.#log.warn(fields, `the partition is handed back: ${message}`);
  }

  /** Metric lines, one a topic; a mapping has one topic, so that an invocation writes one line. */
  lines(nowMs: number): string[] {
    const consumer = this.#consumer.name;
    return [...this.#topics].map(([topic, counts]) => metricsLine({ consumer, topic, ...counts }, nowMs));
  }

  #logLetter({ record, failure, attempts }: FailedRecord): void {
    this.#loggedLetters += 1;
    if (this.#loggedLetters > maxLoggedLetters) return;
    const { topic, partition, offset } = record;
    const fields = { consumer: this.#consumer.name, topic, partition, offset, code: failure.code };
    this.#log.error({ ...fields, attempts: attempts.count }, `dead letter: ${failure.message}`);
  }

  #countsOf(topic: string): TopicCounts {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const counts = { applied: 0, skipped: {}, deadLettered: 0, failed: 0, waiting: 0 };
    this.#topics.set(topic, counts);
    return counts;
  }
}
