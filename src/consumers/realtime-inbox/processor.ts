import { type RealtimeTopic, realtimeTopics } from '../../catalogue/realtime.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { Fields } from '../../core/fields.ts';
import { eventName, type Ownership, ownerOf, ownershipsIn, payloadOf } from '../../core/realtime/routed-event.ts';
import { textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import { notePosition } from '../../postgres/consumer-position.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';
import type { BatchProcessor, Item, Outcome, PartitionBatch } from '../batch/processor.ts';

export const realtimeInbox = 'realtime-inbox';

/** How long events wait for users who never acknowledge, and how long an acknowledgement keeps a second copy out. */
const keptFor = '30 days';
const tidyEveryMs = 3_600_000;

const ownersSql = `
  insert into realtime_owner (kind, id, owner)
  select * from unnest($1::text[], $2::text[], $3::text[])
  on conflict do nothing`;

const knownSql = `
  select o.kind, o.id, o.owner
  from unnest($1::text[], $2::text[]) as asked (kind, id) join realtime_owner o using (kind, id)`;

const inboxSql = `
  insert into realtime_inbox (user_id, event_id, type, name, time, data)
  select u, e, t, n, at, d::jsonb
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[]) as x (u, e, t, n, at, d)
  on conflict do nothing`;

const tidySql = `delete from realtime_inbox where stored_at < now() - interval '${keptFor}'`;

const applied: Outcome = { fate: 'applied' };

/**
 * Writes owners and important events. Rows are keyed by the thing and by user and event, and the first one stays, so a
 * redelivery changes nothing, neither for what is stored nor for what is acknowledged already.
 */
export function makeRealtimeInboxProcessor(pool: Pool, clock: () => number = Date.now): BatchProcessor<Fields> {
  let tidiedAtMs = 0;
  return {
    async apply(batch) {
      const topic = topicOf(batch);
      const important = new Set(topic.events.filter((event) => event.important === true).map(({ type }) => type));
      const owners = firstOfEach(batch.items.flatMap(({ value }) => ownershipsIn(topic, value)));
      const kept = batch.items.filter(({ event }) => important.has(event.type));
      const tidy = clock() - tidiedAtMs > tidyEveryMs;
      if (owners.length > 0 || kept.length > 0 || tidy) {
        await inTransaction(pool, async (client) => {
          await storeOwners(client, owners);
          await storeEvents(client, topic, kept);
          if (tidy) await client.query(tidySql);
        });
      }
      if (tidy) tidiedAtMs = clock();
      const last = batch.items.at(-1);
      const at = { consumer: realtimeInbox, topic: batch.topic, partition: batch.partition };
      if (last !== undefined) await notePosition(pool, at, last.offset + 1);
      return batch.items.map(() => applied);
    },
  };
}

function topicOf({ topic }: PartitionBatch<unknown>): RealtimeTopic {
  const found = realtimeTopics.find((candidate) => candidate.topic === topic);
  if (found !== undefined) return found;
  throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `topic "${topic}" feeds no rooms`);
}

/** One row a thing: a statement may not meet the same one twice. In one order, so that writers do not block each other. */
function firstOfEach(owners: readonly Ownership[]): readonly Ownership[] {
  const first = new Map<string, Ownership>();
  for (const ownership of owners) {
    const key = `${ownership.kind}:${ownership.id}`;
    if (!first.has(key)) first.set(key, ownership);
  }
  return [...first].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, ownership]) => ownership);
}

async function storeOwners(client: PoolClient, owners: readonly Ownership[]): Promise<void> {
  if (owners.length === 0) return;
  const columns = [
    textArray(owners.map(({ kind }) => kind)),
    textArray(owners.map(({ id }) => storableText(id))),
    textArray(owners.map(({ owner }) => storableText(owner))),
  ];
  await client.query({ name: 'realtime-store-owners', text: ownersSql, values: columns });
}

async function storeEvents(client: PoolClient, topic: RealtimeTopic, items: readonly Item<Fields>[]): Promise<void> {
  const owners = await ownersOf(client, topic, items);
  const rows = items.flatMap(({ event, value, timestampMs }, index) => {
    const user = owners[index];
    if (user === undefined) return [];
    const time = event.time === undefined ? Number.NaN : Date.parse(event.time);
    const data = storableJson(payloadOf(topic, value));
    const name = eventName(topic, event.type, value);
    return [{ user, id: event.id, type: event.type, name, timeMs: Number.isNaN(time) ? timestampMs : time, data }];
  });
  if (rows.length === 0) return;
  const columns = [
    textArray(rows.map(({ user }) => storableText(user))),
    textArray(rows.map(({ id }) => storableText(id))),
    textArray(rows.map(({ type }) => type)),
    textArray(rows.map(({ name }) => name)),
    timestamptzArray(rows.map(({ timeMs }) => timeMs)),
    textArray(rows.map(({ data }) => data)),
  ];
  await client.query({ name: 'realtime-store-events', text: inboxSql, values: columns });
}

/** Owner of each item's thing: as the event says, otherwise as an earlier one said. */
async function ownersOf(
  client: PoolClient,
  topic: RealtimeTopic,
  items: readonly Item<Fields>[],
): Promise<readonly (string | undefined)[]> {
  const found = items.map(({ value }) => ownerOf(topic, value));
  const questions = found.filter((owner) => typeof owner === 'object');
  if (questions.length === 0) return found.map((owner) => (typeof owner === 'string' ? owner : undefined));
  const { rows } = await client.query<Ownership>({
    name: 'realtime-known-owners',
    text: knownSql,
    values: [textArray(questions.map(({ kind }) => kind)), textArray(questions.map(({ id }) => storableText(id)))],
  });
  const known = new Map(rows.map(({ kind, id, owner }) => [`${kind}:${id}`, owner]));
  return found.map((owner) => (typeof owner === 'object' ? known.get(`${owner.kind}:${owner.id}`) : owner));
}
