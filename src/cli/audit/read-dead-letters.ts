import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { Workbench } from './workbench.ts';

/**
 * Loads where the dead letters' records lie, from the embedded queue's file: receiving them would hide them from
 * whoever works on them, and leave out the ones in work. Reading the file changes nothing.
 */
export async function readDeadLetters(workbench: Workbench, file: string): Promise<void> {
  if (!existsSync(file)) return;
  const letters = lettersIn(file);
  await workbench.append('dead_letter', async (row) => {
    for (const { consumer, topic, partition, offset } of letters) row(consumer, topic, partition, offset);
  });
}

type Place = Pick<DeadLetter, 'consumer' | 'topic' | 'partition' | 'offset'>;

function* lettersIn(file: string): Generator<Place> {
  const database = opened(file);
  try {
    for (const row of database.prepare('select body from message').iterate()) {
      const place = placeIn(String(row['body']));
      if (place !== undefined) yield place;
    }
  } finally {
    database.close();
  }
}

function opened(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('EVENTBUS_AUDIT_SINK_UNREADABLE', `dead letters in ${file}: ${reason}`, { cause });
  }
}

/** Undefined for a message that is no dead letter: queues may hold others. */
function placeIn(body: string): Place | undefined {
  let letter: Partial<DeadLetter>;
  try {
    letter = JSON.parse(body) as Partial<DeadLetter>;
  } catch {
    return undefined;
  }
  const { consumer, topic, partition, offset } = letter ?? {};
  if (typeof consumer !== 'string' || typeof topic !== 'string') return undefined;
  if (typeof partition !== 'number' || typeof offset !== 'number') return undefined;
  return { consumer, topic, partition, offset };
}
