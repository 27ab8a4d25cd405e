import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer } from '../../catalogue/model.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { LogBounds } from './read-log.ts';
import type { CommittedOffset } from './run-audit.ts';

export interface Waiting {
  readonly consumers: readonly Consumer[];
  readonly committed: (consumer: string) => Promise<readonly CommittedOffset[]>;
  readonly timeoutMs: number;
  /**
   * When the waiting began, ms since 1970.
   * @default now
   */
  readonly sinceMs?: number;
  /** Told how many records are still to be consumed, over all consumers. */
  readonly onLag?: (records: number) => void;
}

const pollMs = 500;

/** Waits until every consumer has committed the ends; throws `EVENTBUS_AUDIT_STILL_BEHIND` when the time is over. */
export async function waitForConsumers(bounds: readonly LogBounds[], waiting: Waiting): Promise<void> {
  const until = (waiting.sinceMs ?? Date.now()) + waiting.timeoutMs;
  for (;;) {
    const behind = await lagging(bounds, waiting);
    const records = behind.reduce((sum, { lag }) => sum + lag, 0);
    waiting.onLag?.(records);
    if (records === 0) return;
    if (Date.now() >= until) {
      const list = behind.map(({ consumer, topic, lag }) => `${consumer} ${lag} of ${topic}`).join(', ');
      throw new AppError('EVENTBUS_AUDIT_STILL_BEHIND', `after ${waiting.timeoutMs / 1000} s: ${list}`);
    }
    await delay(Math.max(1, Math.min(pollMs, until - Date.now())));
  }
}

interface Behind {
  readonly consumer: string;
  readonly topic: string;
  readonly lag: number;
}

async function lagging(bounds: readonly LogBounds[], { consumers, committed }: Waiting): Promise<readonly Behind[]> {
  const found: Behind[] = [];
  for (const consumer of consumers) {
    const positions = new Map(
      (await committed(consumer.name)).map(({ topic, partition, position }) => [`${topic}:${partition}`, position]),
    );
    for (const topic of consumer.topics) {
      const lag = bounds
        .filter((bound) => bound.topic === topic)
        .map(({ partition, start, end }) => end - Math.max(start, positions.get(`${topic}:${partition}`) ?? start))
        .reduce((sum, records) => sum + Math.max(0, records), 0);
      if (lag > 0) found.push({ consumer: consumer.name, topic, lag });
    }
  }
  return found;
}
