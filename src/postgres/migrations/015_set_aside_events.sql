-- Events of the outboxes that the log refuses: put aside with their reason, tried again, and in nobody's way but their own key's.

alter table outbox
  add column set_aside_at timestamptz,
  add column retry_at     timestamptz,
  add column refusals     integer not null default 0,
  add column code         text,
  add column reason       text;

comment on column outbox.set_aside_at is 'Since when the log refuses the event; later events of its topic and key wait behind it.';
comment on column outbox.retry_at is 'When it is offered again; until then it and what waits behind it are passed by.';
comment on column outbox.refusals is 'How often it was refused.';

-- Nearly always empty: publishers look here for what they must pass by.
create index outbox_set_aside on outbox (topic, key, position) where retry_at is not null;

alter table event_outbox
  add column kept_at      timestamptz not null default now(),
  add column set_aside_at timestamptz,
  add column retry_at     timestamptz,
  add column refusals     integer not null default 0,
  add column code         text,
  add column reason       text;

comment on column event_outbox.set_aside_at is 'Since when the log refuses the event; later events of its topic and key wait behind it.';
comment on column event_outbox.retry_at is 'When it is offered again; until then it and what waits behind it are passed by.';
comment on column event_outbox.refusals is 'How often it was refused.';

create index event_outbox_set_aside on event_outbox (topic, key, position) where retry_at is not null;

create table discarded_event (
  outbox       text not null,
  position     bigint not null,
  topic        text not null,
  key          text not null,
  code         text,
  reason       text,
  content      jsonb not null,
  discarded_at timestamptz not null default now(),
  primary key (outbox, position)
);

comment on table discarded_event is 'Events that a person took out of an outbox because the log will never take them: the whole row as it was.';
