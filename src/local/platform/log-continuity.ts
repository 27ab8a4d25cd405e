import { AppError } from '../../core/errors/app-error.ts';
import type { KafkaAdmin } from '../../kafka/admin.ts';
import { makePool, type Pool } from '../../postgres/pool.ts';

/** A position that the database has and the log cannot have given. */
export interface StrayPosition {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset that the consumer has not applied. */
  readonly position: number;
  /** Offset that the log will give next. */
  readonly end: number;
}

/**
 * Refuses a log that is not the one the database's positions belong to. Where Kafka's data was deleted and PostgreSQL's
 * kept, new records below the old positions would count as applied already, and be lost in silence.
 *
 * @param forget deletes the stray positions instead, so that the consumers begin anew in those partitions
 * @throws AppError EVENTBUS_LOCAL_LOG_REPLACED
 */
export async function requireSameLog(
  url: string,
  admin: Pick<KafkaAdmin, 'listTopics'>,
  forget: boolean,
): Promise<void> {
  const pool = makePool(url, { applicationName: 'event-bus-start', max: 1 });
  try {
    const stray = await strayPositions(pool, admin);
    const [first] = stray;
    if (first === undefined) return;
    if (forget) return await forgetPositions(pool, stray);
    const { consumer, topic, partition, position, end } = first;
    const where = `${consumer} stands at offset ${position} of ${topic}/${partition}, but the log ends at ${end}`;
    throw new AppError(
      'EVENTBUS_LOCAL_LOG_REPLACED',
      stray.length === 1 ? where : `${where} (and ${stray.length - 1} more)`,
    );
  } finally {
    await pool.end();
  }
}

async function strayPositions(pool: Pool, admin: Pick<KafkaAdmin, 'listTopics'>): Promise<readonly StrayPosition[]> {
  const { rows } = await pool.query<Omit<StrayPosition, 'end'>>(
    'select consumer, topic, partition, position from consumer_position order by consumer, topic, partition',
  );
  const topics = await admin.listTopics();
  const ends = new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition, end }) => [`${name}/${partition}`, end] as const),
    ),
  );
  return rows
    .map((row) => ({ ...row, end: ends.get(`${row.topic}/${row.partition}`) ?? 0 }))
    .filter(({ position, end }) => position > end);
}

async function forgetPositions(pool: Pool, stray: readonly StrayPosition[]): Promise<void> {
  await pool.query(
    `delete from consumer_position p using unnest($1::text[], $2::text[], $3::int[]) s(consumer, topic, partition)
     where p.consumer = s.consumer and p.topic = s.topic and p.partition = s.partition`,
    [stray.map(({ consumer }) => consumer), stray.map(({ topic }) => topic), stray.map(({ partition }) => partition)],
  );
}
