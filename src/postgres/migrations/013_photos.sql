-- Photos and batches as their owners see them; written by photo-processor, step by step.

create table photo_batch (
  batch_id         text primary key,
  user_id          text not null,
  photos_total     integer not null,
  photos_succeeded integer not null default 0,
  photos_failed    integer not null default 0,
  begun_at         timestamptz not null default now(),
  closed_by        text,
  announced        boolean not null default false
) with (fillfactor = 70);

comment on column photo_batch.photos_total is 'Photos of the batch, as every upload of it says.';
comment on column photo_batch.closed_by is 'Photo that ended last: its record announces the end of the batch.';
comment on column photo_batch.announced is 'Whether batch.processing.completed is in the log.';

create table photo (
  photo_id     text primary key,
  event_id     text not null,
  user_id      text not null,
  batch_id     text,
  filename     text,
  size_bytes   bigint,
  state        text not null default 'processing' check (state in ('processing', 'completed', 'failed')),
  stage        text not null default 'QUEUED',
  progress     integer not null default 0,
  step         integer not null default 0,
  attempt      integer not null default 1,
  decodings    integer not null default 0,
  width_px     integer,
  height_px    integer,
  thumbnails   jsonb not null default '[]',
  error_code   text,
  error_detail text,
  begun_at     timestamptz not null default now(),
  ended_at     timestamptz
) with (fillfactor = 50);

create index photo_of_user on photo (user_id, begun_at desc);

comment on column photo.event_id is 'Event that announced the photo; another one for the same photo is a duplicate.';
comment on column photo.step is 'Last step whose event is in the log; see processing-steps.ts.';
comment on column photo.attempt is 'Times that the processing was begun.';
comment on column photo.decodings is 'Attempts to decode that did not come to an end: the function ended in them.';
