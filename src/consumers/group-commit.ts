import { AppError } from '../core/errors/app-error.ts';
import { onConnection, type Pool, type PoolClient } from '../postgres/pool.ts';
import { storableJson, storableText } from '../postgres/storable-text.ts';
import type { ConsumerPartition, StateChange } from './keyed-state-store.ts';

interface Waiting {
  readonly at: ConsumerPartition;
  readonly change: StateChange;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Partitions in one transaction at most: a statement stays small, and few wait for each other. */
const maxGroup = 16;

/**
 * Stores the changes of partitions, one transaction at a time: what comes while one is under way goes together in the
 * next. A transaction costs the same for one partition and for ten, and most of its price is not the rows.
 */
export class GroupCommit {
  readonly #pool: Pool;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Stores the change and moves the partition's position.
   * @throws AppError EVENTBUS_POSTGRES_CONFLICT when the position is no longer `change.from`
   */
  commit(at: ConsumerPartition, change: StateChange): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ at, change, resolve, reject });
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) await this.#store(this.#nextGroup());
    this.#running = false;
  }

  /** Each partition once, and in one order: two instances that touch the same rows then wait and do not deadlock. */
  #nextGroup(): readonly Waiting[] {
    const group = new Map<string, Waiting>();
    const later: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const name = nameOf(waiting.at);
      if (group.size < maxGroup && !group.has(name)) group.set(name, waiting);
      else later.push(waiting);
    }
    this.#waiting = later;
    return [...group].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, waiting]) => waiting);
  }

  async #store(group: readonly Waiting[]): Promise<void> {
    try {
      const moved = await onConnection(this.#pool, (client) => storeChanges(client, group));
      for (const waiting of group) {
        if (moved.has(nameOf(waiting.at))) waiting.resolve();
        else waiting.reject(positionConflict(waiting.at, waiting.change.from));
      }
    } catch (error) {
      await this.#failed(group, error);
    }
  }

  /** One change at fault takes the others with it: then each is stored by itself. A database that is away has no culprit. */
  async #failed(group: readonly Waiting[], error: unknown): Promise<void> {
    const isAway = error instanceof AppError && error.code === 'EVENTBUS_POSTGRES_UNAVAILABLE';
    if (group.length > 1 && !isAway) for (const waiting of group) await this.#store([waiting]);
    else for (const { reject } of group) reject(error);
  }
}

const nameOf = ({ consumer, topic, partition }: ConsumerPartition) => `${consumer}/${topic}-${partition}`;

/** Another instance has moved the partition on from the position that a change begins at; null: from none. */
export function positionConflict({ consumer, topic, partition }: ConsumerPartition, from: number | null): AppError {
  const where = `${consumer} on ${topic}-${partition}`;
  return new AppError('EVENTBUS_POSTGRES_CONFLICT', `${where} is no longer at position ${from ?? 'none'}`);
}

/** One statement is one transaction and one round trip; the rows of the positions are the locks and the guards. */
const commitSql = `
  with asked as (
    select * from unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::bigint[])
      with ordinality as a(consumer, topic, partition, from_position, to_position, change)
  ), moved as (
    insert into consumer_position as p (consumer, topic, partition, position)
    select consumer, topic, partition, to_position from asked order by change
    on conflict (consumer, topic, partition) do update
      set position = excluded.position, updated_at = now()
      where p.position = (
        select a.from_position from asked a
        where (a.consumer, a.topic, a.partition) = (excluded.consumer, excluded.topic, excluded.partition)
      )
    returning consumer, topic, partition
  ), done as (
    select a.* from asked a join moved using (consumer, topic, partition)
  ), kept as (
    insert into consumer_state (consumer, key, state)
    select done.consumer, s.key, s.state::jsonb
    from unnest($6::integer[], $7::text[], $8::text[]) as s(change, key, state) join done using (change)
    on conflict (consumer, key) do update set state = excluded.state
  ), noted as (
    insert into skipped_record (consumer, topic, partition, "offset", item, event_id, reason, detail)
    select done.consumer, done.topic, done.partition, s."offset", s.item, s.event_id, s.reason, s.detail
    from unnest($9::integer[], $10::bigint[], $11::integer[], $12::text[], $13::text[], $14::text[])
      as s(change, "offset", item, event_id, reason, detail) join done using (change)
    on conflict do nothing
  )
  select consumer, topic, partition from moved`;

/** Stores the changes whose partitions still are where they were folded from; answers which these are. */
async function storeChanges(client: PoolClient, group: readonly Waiting[]): Promise<ReadonlySet<string>> {
  // `with ordinality` counts from 1.
  const states = group.flatMap(({ change }, index) =>
    Array.from(change.states, ([key, state]) => ({ change: index + 1, key, state })),
  );
  const skips = group.flatMap(({ change }, index) => change.skips.map((skip) => ({ change: index + 1, ...skip })));
  const { rows } = await client.query<ConsumerPartition>({
    name: 'commit-states',
    text: commitSql,
    values: [
      group.map(({ at }) => at.consumer),
      group.map(({ at }) => at.topic),
      group.map(({ at }) => at.partition),
      group.map(({ change }) => change.from),
      group.map(({ change }) => change.to),
      states.map(({ change }) => change),
      states.map(({ key }) => key),
      // The events of the batch are published: what a device wrote must not make the commit fail now.
      states.map(({ state }) => storableJson(state)),
      skips.map(({ change }) => change),
      skips.map(({ offset }) => offset),
      skips.map(({ item }) => item),
      skips.map(({ eventId }) => storableText(eventId)),
      skips.map(({ reason }) => reason),
      skips.map(({ detail }) => (detail === null ? null : storableText(detail))),
    ],
  });
  return new Set(rows.map(nameOf));
}
