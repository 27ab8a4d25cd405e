import type { Codec } from '../../codec/codec.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import type { SetAside } from '../../postgres/set-aside.ts';
import { recordSkips, type SkippedRecord } from '../../postgres/skipped-records.ts';
import { storableText } from '../../postgres/storable-text.ts';
import type { BatchProcessor, Item, Outcome, PartitionBatch, SkipReason } from '../batch/processor.ts';
import { Effects } from './effects.ts';
import { relayEvents } from './outbox.ts';

/** What became of one record. */
export type Handled = 'applied' | { readonly skipped: SkipReason; readonly detail: string };

/** What the work on a batch may use; everything it does is in one transaction. */
export interface EffectContext {
  readonly client: PoolClient;
  readonly effects: Effects;
  /** ms since 1970-01-01 UTC. */
  readonly nowMs: number;
}

export interface EffectProcessorOptions<T> {
  readonly consumer: string;
  readonly pool: Pool;
  readonly codec: Codec;
  readonly publisher: Pick<EventPublisher, 'send'>;
  /** Handles records in order; one answer each. May depend on what the database holds. */
  readonly work: (items: readonly Item<T>[], context: EffectContext) => Promise<readonly Handled[]>;
  /** Done after the transaction, also for records that were handled before: must bear being repeated. */
  readonly after?: (items: readonly Item<T>[]) => Promise<void>;
  /** Told of each event that is put aside because the log refuses it. @default nobody */
  readonly onSetAside?: ((event: SetAside) => void) | undefined;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
}

/** What a consumer is given of it. */
export type EffectDependencies<T> = Pick<EffectProcessorOptions<T>, 'pool' | 'codec' | 'publisher' | 'onSetAside'>;

/**
 * Makes a processor whose decisions may depend on the database: rows, position, skips and events to be published are one
 * transaction, so a decision is made once, however often its record is delivered. Events leave through the outbox
 * afterwards. The row of the position is lock and guard, as with the keyed state.
 */
export function makeEffectProcessor<T>(options: EffectProcessorOptions<T>): BatchProcessor<T> {
  const { pool, publisher, after, onSetAside } = options;
  return {
    async apply(batch) {
      const { outcomes, tells } = await inTransaction(pool, (client) => inOne(client, batch, options));
      await after?.(batch.items);
      if (tells) await relayEvents({ pool, publisher, onSetAside });
      return outcomes;
    },
  };
}

interface Handling {
  readonly outcomes: readonly Outcome[];
  /** Whether events may wait in the outbox because of these records. */
  readonly tells: boolean;
}

const applied: Outcome = { fate: 'applied' };
const appliedBefore: Outcome = { fate: 'skipped', reason: 'duplicate' };

async function inOne<T>(
  client: PoolClient,
  { topic, partition, items }: PartitionBatch<T>,
  { consumer, codec, work, clock = Date.now }: EffectProcessorOptions<T>,
): Promise<Handling> {
  const at = { consumer, topic, partition };
  const position = await lockedPosition(client, at);
  const open = items.filter(({ offset }) => offset >= position);
  const last = open.at(-1);
  // What was kept for these records may still be on its way.
  if (last === undefined) return { outcomes: items.map(() => appliedBefore), tells: true };
  const effects = new Effects(`/${consumer}`, codec);
  const handled = await work(open, { client, effects, nowMs: clock() });
  await effects.store(client);
  await recordSkips(client, at, skipsOf(open, handled));
  await client.query(
    'update consumer_position set position = $4, updated_at = now() where consumer = $1 and topic = $2 and partition = $3',
    [consumer, topic, partition, last.offset + 1],
  );
  const outcomes = handled.map(
    (one): Outcome => (one === 'applied' ? applied : { fate: 'skipped', reason: one.skipped }),
  );
  const before = Array.from({ length: items.length - open.length }, () => appliedBefore);
  return { outcomes: [...before, ...outcomes], tells: before.length > 0 || !effects.isEmpty };
}

interface Place {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
}

async function lockedPosition(client: PoolClient, { consumer, topic, partition }: Place): Promise<number> {
  const { rows } = await client.query<{ position: number }>(
    `insert into consumer_position as p (consumer, topic, partition, position) values ($1, $2, $3, 0)
     on conflict (consumer, topic, partition) do update set position = p.position returning p.position`,
    [consumer, topic, partition],
  );
  return rows[0]?.position ?? 0;
}

function skipsOf<T>(items: readonly Item<T>[], handled: readonly Handled[]): readonly SkippedRecord[] {
  return items.flatMap(({ offset, event }, index) => {
    const one = handled[index];
    if (one === undefined || one === 'applied') return [];
    const eventId = storableText(event.id);
    return [{ offset, item: -1, eventId, reason: one.skipped, detail: storableText(one.detail) }];
  });
}
