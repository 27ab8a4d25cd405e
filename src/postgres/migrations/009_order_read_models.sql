-- Read models of the shop, written by the order projector alone, and the answers to requests with an idempotency key.

create table commerce_event (
  event_id  uuid primary key,
  topic     text not null,
  partition integer not null,
  "offset"  bigint not null,
  type      text not null,
  time      timestamptz not null,
  source    text not null,
  entity_id text not null,
  order_id  text,
  version   bigint,
  data      jsonb not null
);

-- The order of a trail: what happened to one order, from all topics.
create index commerce_event_order on commerce_event (order_id, time) where order_id is not null;

comment on table commerce_event is 'Every event that the read models contain, once: the trail of each order, and its state at any time.';
comment on column commerce_event.entity_id is 'Order, payment, product or customer whose history the version counts.';
comment on column commerce_event.version is 'Number of the event in the history of its entity; null when the writer keeps none.';

create table order_current (
  order_id     text primary key,
  customer_id  text not null,
  status       text not null,
  currency     text not null,
  total_minor  bigint not null,
  placed_at    timestamptz not null,
  source       text not null,
  version      bigint not null,
  changed_at   timestamptz not null,
  "offset"     bigint not null,
  data         jsonb not null
) with (fillfactor = 70);

create index order_current_customer on order_current (customer_id, placed_at desc, order_id desc);
create index order_current_status on order_current (status);

comment on table order_current is 'Each order as its last event left it.';
comment on column order_current.version is 'Version of that event, 0 when the writer keeps none; version, changed_at and offset decide which event is the last.';

create table payment_current (
  payment_id     text primary key,
  order_id       text not null,
  status         text not null,
  currency       text not null,
  amount_minor   bigint not null,
  refunded_minor bigint not null,
  version        bigint not null,
  changed_at     timestamptz not null,
  "offset"       bigint not null,
  data           jsonb not null
) with (fillfactor = 70);

create index payment_current_order on payment_current (order_id);

comment on table payment_current is 'Each payment as its last event left it.';

create table stock_current (
  product_id   text not null,
  warehouse_id text not null,
  on_hand      bigint not null,
  reserved     bigint not null,
  version      bigint not null,
  changed_at   timestamptz not null,
  "offset"     bigint not null,
  primary key (product_id, warehouse_id)
) with (fillfactor = 70);

comment on table stock_current is 'Stock of each product and warehouse; the warehouse is an empty text where stock is not kept by warehouse.';

create table customer_current (
  customer_id   text primary key,
  status        text not null,
  registered_at timestamptz,
  version       bigint not null,
  changed_at    timestamptz not null,
  "offset"      bigint not null,
  data          jsonb not null
) with (fillfactor = 70);

comment on table customer_current is 'Each customer as the last event left them.';

create table idempotency_key (
  subject      text not null,
  key          text not null,
  request_hash text not null,
  command_id   uuid not null,
  status       integer,
  headers      json,
  body         json,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null,
  primary key (subject, key)
);

create index idempotency_key_expiry on idempotency_key (expires_at);

comment on table idempotency_key is 'Requests that must have one effect and one answer, by caller and key; the answer is null until there is one.';
comment on column idempotency_key.command_id is 'Id of the command that the request became; every repetition uses it.';
