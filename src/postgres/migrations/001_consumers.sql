-- What every consumer keeps about its own progress.

create table consumer_position (
  consumer   text not null,
  topic      text not null,
  partition  integer not null,
  position   bigint not null,
  updated_at timestamptz not null default now(),
  primary key (consumer, topic, partition)
) with (fillfactor = 50);

comment on table consumer_position is 'Next offset that a consumer has not applied yet; saved with the effects in one transaction.';

create table consumer_state (
  consumer text not null,
  key      text not null,
  state    jsonb not null,
  primary key (consumer, key)
) with (fillfactor = 50);

comment on table consumer_state is 'State of a consumer for one key (a device as a rule).';

create table skipped_record (
  consumer  text not null,
  topic     text not null,
  partition integer not null,
  "offset"  bigint not null,
  item      integer not null default -1,
  event_id  text,
  reason    text not null,
  detail    text,
  at        timestamptz not null default now(),
  primary key (consumer, topic, partition, "offset", item)
);

comment on table skipped_record is 'Every record, or reading inside a record, that had no effect, with the reason.';
comment on column skipped_record.item is 'Index of the reading inside the record; -1 for the whole record.';
