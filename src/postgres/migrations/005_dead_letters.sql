-- Dead letters: records that a consumer could not apply, grouped by cause, and what people did about them.

create table dead_letter_group (
  group_id           text primary key,
  consumer           text not null,
  code               text not null,
  normalised_message text not null,
  schema_version     text,
  sample_message     text not null,
  first_seen         timestamptz not null,
  last_seen          timestamptz not null
) with (fillfactor = 50);

comment on table dead_letter_group is 'Letters of one cause: same code, normalised message, consumer and schema version.';
comment on column dead_letter_group.group_id is 'Fingerprint of the four, 16 hexadecimal digits.';
comment on column dead_letter_group.normalised_message is 'The message with its numbers, ids and quoted values replaced.';
comment on column dead_letter_group.first_seen is 'Earliest failure of a letter of the group.';

create index dead_letter_group_consumer on dead_letter_group (consumer, last_seen);

create table dead_letter (
  letter_id       uuid primary key,
  group_id        text not null references dead_letter_group,
  consumer        text not null,
  topic           text not null,
  partition       integer not null,
  "offset"        bigint not null,
  timestamp_ms    bigint not null,
  key             bytea,
  headers         jsonb not null,
  event_id        text,
  schema_version  text,
  value_bytes     bigint,
  payload_key     text not null,
  code            text not null,
  message         text not null,
  stack           text,
  attempts        integer not null,
  first_failed_at timestamptz not null,
  last_failed_at  timestamptz not null,
  handler_version text not null,
  source          text not null check (source in ('consumer', 'invocation-record')),
  status          text not null default 'open' check (status in ('open', 'redriving', 'redriven', 'discarded')),
  redrives        integer not null default 0,
  origin          text,
  received_at     timestamptz not null default now(),
  changed_at      timestamptz not null default now(),
  notified_at     timestamptz,
  unique (consumer, topic, partition, "offset")
) with (fillfactor = 80);

comment on table dead_letter is 'One record that one consumer could not apply; a record that fails again keeps its row.';
comment on column dead_letter.letter_id is 'Name-based UUID of consumer, topic, partition and offset.';
comment on column dead_letter.timestamp_ms is 'Kafka timestamp of the record, ms since 1970-01-01 UTC.';
comment on column dead_letter.headers is 'List of {name, value}; values are base64.';
comment on column dead_letter.value_bytes is 'Length of the value; null for a record without one.';
comment on column dead_letter.payload_key is 'Object that holds the whole letter with its value, as JSON.';
comment on column dead_letter.source is 'Who told: the consumer itself, or the record of an invocation that ended without an answer.';
comment on column dead_letter.status is 'open, redriving (in a running redrive), redriven (sent again), discarded (given up by a person).';
comment on column dead_letter.redrives is 'How often the record had been redriven when it failed: the header of that name.';
comment on column dead_letter.origin is 'topic/partition/offset of the record that this one repeats; null for a first failure.';
comment on column dead_letter.notified_at is 'When the notice about the letter was published.';

create index dead_letter_group_status on dead_letter (group_id, status, last_failed_at);
create index dead_letter_query on dead_letter (status, consumer, topic, last_failed_at);
create index dead_letter_unnotified on dead_letter (letter_id) where notified_at is null;

create table redrive (
  redrive_id         uuid primary key,
  state              text not null check (state in ('planned', 'running', 'paused', 'done', 'failed', 'cancelled')),
  requested_by       text not null,
  requested_at       timestamptz not null default now(),
  reason             text,
  selection          jsonb not null,
  target_topic       text,
  addressed          boolean not null default true,
  migration          text,
  migration_checksum text,
  letters_per_second double precision,
  max_redrives       integer not null,
  key_order          text not null default 'kept' check (key_order in ('kept', 'ignored')),
  total              bigint not null default 0,
  runner             text,
  lease_until        timestamptz,
  started_at         timestamptz,
  finished_at        timestamptz,
  error              text
) with (fillfactor = 50);

comment on table redrive is 'One request to send letters again, with everything that is needed to resume it after a crash.';
comment on column redrive.selection is 'What was asked for: ids, a group or a query.';
comment on column redrive.target_topic is 'Topic that the letters are sent to; null: each to its own.';
comment on column redrive.addressed is 'Whether only the consumer that failed takes the records.';
comment on column redrive.migration is 'What changed the letters, for people; null: they are sent as they are. The changed records are objects below redrives/<redrive_id>/.';
comment on column redrive.runner is 'The program that sends at present; another one may take over when its lease is over.';

create table redrive_letter (
  redrive_id     uuid not null references redrive,
  letter_id      uuid not null references dead_letter,
  position       bigint not null,
  state          text not null default 'pending' check (state in ('pending', 'sent', 'skipped', 'failed')),
  reason         text,
  sent_topic     text,
  sent_partition integer,
  sent_offset    bigint,
  changed_at     timestamptz not null default now(),
  primary key (redrive_id, letter_id)
) with (fillfactor = 80);

comment on table redrive_letter is 'Letters of a redrive in the order of sending; what is still pending after a crash is sent on resuming.';

create unique index redrive_letter_position on redrive_letter (redrive_id, position);
create index redrive_letter_pending on redrive_letter (redrive_id, position) where state = 'pending';
create index redrive_letter_letter on redrive_letter (letter_id);

create table dead_letter_action (
  action_id  bigint generated always as identity primary key,
  at         timestamptz not null default now(),
  actor      text not null,
  action     text not null,
  letter_id  uuid,
  group_id   text,
  redrive_id uuid,
  letters    bigint,
  detail     jsonb
);

comment on table dead_letter_action is 'Audit trail: who did what to which letters, when; rows are only ever added.';
comment on column dead_letter_action.action is 'Such as redrive, pause, resume, cancel, discard, reopen.';
comment on column dead_letter_action.letters is 'How many letters the action touched.';

create index dead_letter_action_letter on dead_letter_action (letter_id, action_id);
create index dead_letter_action_group on dead_letter_action (group_id, action_id);
