-- What the realtime gateways know of users: whose things are, whom they are shown to, and events kept for absent users.

create table realtime_owner (
  kind      text not null,
  id        text not null,
  owner     text not null,
  learnt_at timestamptz not null default now(),
  primary key (kind, id)
);

comment on table realtime_owner is 'Owner of a photo or batch, as the first event that names one says; it never changes.';

create table realtime_share (
  kind      text not null,
  id        text not null,
  user_id   text not null,
  shared_at timestamptz not null default now(),
  primary key (kind, id, user_id)
);

comment on table realtime_share is 'Users who may watch a thing of another user, as its owner asked the gateway.';

create table realtime_inbox (
  user_id         text not null,
  event_id        text not null,
  type            text not null,
  name            text not null,
  time            timestamptz not null,
  data            jsonb not null,
  stored_at       timestamptz not null default now(),
  acknowledged_at timestamptz,
  primary key (user_id, event_id)
);

create index realtime_inbox_waiting on realtime_inbox (user_id, stored_at, event_id) where acknowledged_at is null;
create index realtime_inbox_age on realtime_inbox (stored_at);

comment on table realtime_inbox is 'Important events until their user acknowledges them; an acknowledgement may come before the event, and then keeps it out.';
