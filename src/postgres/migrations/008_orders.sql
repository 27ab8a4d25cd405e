-- Event store, outbox and sagas of the shop.

create table event_stream (
  stream_id    text primary key,
  kind         text not null,
  version      bigint not null,
  state        jsonb not null,
  state_format integer not null,
  last_at      timestamptz not null
) with (fillfactor = 50);

comment on table event_stream is 'One aggregate: its version and the state that its events lead to, written with every append.';
comment on column event_stream.version is 'Number of the newest event, 1 for the first.';
comment on column event_stream.state is 'Can be computed from the events at any time; kept so that a command reads one row.';

create table stored_event (
  position       bigint generated always as identity primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  event_id       uuid not null,
  stream_id      text not null,
  version        bigint not null,
  type           text not null,
  data           jsonb not null,
  at             timestamptz not null,
  recorded_at    timestamptz not null default now(),
  command_id     text not null,
  actor          text,
  saga_id        text,
  correlation_id text,
  causation_id   text,
  constraint stored_event_version unique (stream_id, version),
  constraint stored_event_id unique (event_id)
);

comment on table stored_event is 'What happened, never changed: the truth that states and read models are computed from.';
comment on column stored_event.transaction_id is 'With the position the order for readers of all streams: a transaction becomes readable when every older one has ended.';
comment on column stored_event.at is 'When it happened; never before the event ahead of it in the stream.';

create index stored_event_order on stored_event (transaction_id, position);

create table handled_command (
  command_id  text primary key,
  stream_id   text not null,
  fingerprint text,
  version     bigint not null,
  refusal     jsonb,
  at          timestamptz not null default now()
);

comment on table handled_command is 'Commands by id with what became of them, so that a repetition gets the first answer.';
comment on column handled_command.fingerprint is 'Hash of the command; null for a command that was revoked before it came.';
comment on column handled_command.version is 'Version of the stream after the command.';
comment on column handled_command.refusal is 'Code and reason when the command was refused.';

create table outbox (
  position   bigint generated always as identity primary key,
  event_id   uuid not null,
  topic      text not null,
  key        text not null,
  subject    text not null,
  event_type text not null,
  source     text not null,
  at         timestamptz not null,
  value      jsonb not null
);

comment on table outbox is 'Events that the log has not acknowledged yet, written with their state change in one transaction.';

create table outbox_lease (
  name   text primary key,
  holder text,
  until  timestamptz,
  wanted bigint not null default 0
) with (fillfactor = 50);

comment on table outbox_lease is 'Who publishes at present: one at a time.';
comment on column outbox_lease.wanted is 'Counts those who found the lease taken: the holder looks again before it ends.';

insert into outbox_lease (name) values ('outbox');

create table saga_instance (
  saga_id     text primary key,
  order_id    text not null unique,
  step        text not null,
  state       jsonb not null,
  version     bigint not null,
  attempts    integer not null default 0,
  deadline    timestamptz,
  last_error  text,
  started_at  timestamptz not null,
  updated_at  timestamptz not null,
  ended_at    timestamptz,
  notified_at timestamptz
) with (fillfactor = 50);

comment on table saga_instance is 'One order on its way through stock and payment.';
comment on column saga_instance.step is 'reserving, paying, finishing, compensating; completed and cancelled are the ends.';
comment on column saga_instance.attempts is 'Deadlines that passed in the present step.';
comment on column saga_instance.deadline is 'When the saga goes on by itself, whatever comes or does not come until then.';
comment on column saga_instance.notified_at is 'When people were told that the saga is stuck.';

create index saga_instance_due on saga_instance (deadline) where ended_at is null;
create index saga_instance_step on saga_instance (step, updated_at);

create table simulated_payment (
  idempotency_key text primary key,
  order_id        text not null,
  status          text not null check (status in ('pending', 'captured', 'declined', 'cancelled')),
  answer          jsonb not null,
  amount_minor    bigint not null,
  currency        text not null,
  refunded_minor  bigint not null default 0,
  calls           integer not null default 1,
  at              timestamptz not null default now()
);

comment on table simulated_payment is 'The books of the simulated payment provider, which stands in for a real one.';

create index simulated_payment_order on simulated_payment (order_id);
