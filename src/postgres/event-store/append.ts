import { int8Array, textArray, uuidArray } from '../binary-array.ts';
import { storableJson } from '../storable-text.ts';
import type { StoredRefusal } from './event-store.ts';

/** An event to be stored. */
export interface NewEvent {
  /** UUID. */
  readonly eventId: string;
  readonly type: string;
  readonly data: object;
}

/** An event to be published once it is stored. */
export interface OutboxEntry {
  readonly eventId: string;
  readonly topic: string;
  readonly key: string;
  readonly subject: string;
  /** CloudEvents type and source. */
  readonly type: string;
  readonly source: string;
  readonly value: object;
}

/** Everything that follows from one command. */
export interface Appending {
  readonly streamId: string;
  readonly kind: string;
  /** Version that the events follow. */
  readonly expectedVersion: number;
  /** None for a command that changes nothing or was refused. */
  readonly events: readonly NewEvent[];
  /** State after the events; only looked at when there are some. */
  readonly state: unknown;
  readonly stateFormat: number;
  readonly outbox: readonly OutboxEntry[];
  readonly command: {
    readonly id: string;
    readonly fingerprint: string;
    /** When the events happened, ms since 1970-01-01 UTC. */
    readonly atMs: number;
    readonly refusal: StoredRefusal | null;
    readonly actor: string | null;
    readonly sagaId: string | null;
    readonly correlationId: string | null;
    readonly causationId: string | null;
  };
}

/**
 * One statement, so that it is atomic without a transaction block and costs one round trip. A second writer at the
 * same version waits for the first one's commit and then breaks `stored_event_version`, which takes all of it back.
 */
export const appendSql = `
  with handled as (
    insert into handled_command (command_id, stream_id, fingerprint, version, refusal)
    values ($1::text, $2::text, $3::text, $4::bigint + cardinality($11::uuid[]), $5::jsonb)
  ), appended as (
    insert into stored_event (event_id, stream_id, version, type, data, at, command_id, actor, saga_id, correlation_id, causation_id)
    select e.event_id, $2::text, e.version, e.type, e.data::jsonb, $6::timestamptz, $1::text, $7::text, $8::text, $9::text, $10::text
    from unnest($11::uuid[], $12::bigint[], $13::text[], $14::text[]) as e(event_id, version, type, data)
  ), headed as (
    insert into event_stream (stream_id, kind, version, state, state_format, last_at)
    select $2::text, $15::text, $4::bigint + cardinality($11::uuid[]), $16::jsonb, $17::integer, $6::timestamptz
    where cardinality($11::uuid[]) > 0
    on conflict (stream_id) do update set version = excluded.version, state = excluded.state,
      state_format = excluded.state_format, last_at = excluded.last_at
    where event_stream.version = $4::bigint
  )
  insert into outbox (event_id, topic, key, subject, event_type, source, at, value)
  select o.event_id, o.topic, o.key, o.subject, o.event_type, o.source, $6::timestamptz, o.value::jsonb
  from unnest($18::uuid[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[]) with ordinality
    as o(event_id, topic, key, subject, event_type, source, value, place)
  order by o.place`;

export function appendValues(appending: Appending): unknown[] {
  const { streamId, kind, expectedVersion, events, state, stateFormat, outbox, command } = appending;
  return [
    command.id,
    streamId,
    command.fingerprint,
    expectedVersion,
    command.refusal === null ? null : storableJson(command.refusal),
    new Date(command.atMs),
    command.actor,
    command.sagaId,
    command.correlationId,
    command.causationId,
    uuidArray(events.map(({ eventId }) => eventId)),
    int8Array(events.map((_event, index) => expectedVersion + index + 1)),
    textArray(events.map(({ type }) => type)),
    textArray(events.map(({ data }) => storableJson(data))),
    kind,
    storableJson(state ?? null),
    stateFormat,
    uuidArray(outbox.map(({ eventId }) => eventId)),
    textArray(outbox.map(({ topic }) => topic)),
    textArray(outbox.map(({ key }) => key)),
    textArray(outbox.map(({ subject }) => subject)),
    textArray(outbox.map(({ type }) => type)),
    textArray(outbox.map(({ source }) => source)),
    textArray(outbox.map(({ value }) => storableJson(value))),
  ];
}
