-- Fleet operations: events on their way to the log, chains of entries, commands, vehicles, emergencies, dispatches.

create table event_outbox (
  position bigint generated always as identity primary key,
  topic    text not null,
  key      text not null,
  headers  jsonb not null,
  value    bytea not null
);

comment on table event_outbox is 'Events that were decided together with the rows of a transaction and are not in the log yet; a row is gone once the log has it.';

create table event_outbox_lane (
  lane text primary key
);

comment on table event_outbox_lane is 'Its row is held by whoever publishes the outbox: one at a time, so that events keep their order.';

insert into event_outbox_lane (lane) values ('all');

create table fleet_turn (
  turn text primary key
);

comment on table fleet_turn is 'Its row is held by whoever assigns vehicles: one at a time, so that no two requests get the same.';

insert into fleet_turn (turn) values ('dispatch');

create table entry_chain (
  topic      text not null,
  chain_id   text not null,
  sequence   bigint not null,
  hash       text not null,
  updated_at timestamptz not null default now(),
  primary key (topic, chain_id)
) with (fillfactor = 50);

comment on table entry_chain is 'Last entry of every hash chain: held while the next one is made, so that a chain has one writer at a time.';

create table fleet_vehicle (
  vehicle_id      text primary key,
  vehicle_type    text not null,
  status          text not null,
  time            timestamptz not null,
  heard_at        timestamptz not null,
  latitude        double precision,
  longitude       double precision,
  speed_kmh       double precision,
  battery_percent double precision,
  trip_id         text,
  city            text,
  fallback_id     uuid,
  fallback_at     timestamptz
) with (fillfactor = 50);

comment on table fleet_vehicle is 'Newest state of every vehicle, and the fallback it is in.';
comment on column fleet_vehicle.heard_at is 'When the log took the newest state; the vehicle''s own clock says "time".';

create index fleet_vehicle_heard on fleet_vehicle (heard_at) where fallback_id is null;

create table vehicle_command (
  command_id      uuid primary key,
  number          bigint generated always as identity,
  vehicle_id      text not null,
  command         text not null,
  state           text not null,
  priority        text not null,
  issued_by       text not null,
  issued_at       timestamptz not null,
  expires_at      timestamptz,
  state_at        timestamptz not null,
  rule            text not null,
  result_code     text,
  result_detail   text,
  correlation_id  text,
  attempts        integer not null default 0,
  sent_at         timestamptz,
  next_attempt_at timestamptz,
  content         jsonb not null
) with (fillfactor = 50);

comment on table vehicle_command is 'Every command to a vehicle, what the policy decided, and how far it has come.';
comment on column vehicle_command.number is 'The order in which commands reach their vehicle.';
comment on column vehicle_command.next_attempt_at is 'When it is sent next unless the vehicle answers; null: not before the vehicle says that it listens.';

create index vehicle_command_open on vehicle_command (vehicle_id, number) where state in ('ISSUED', 'DELIVERED', 'ACCEPTED');
create index vehicle_command_due on vehicle_command (next_attempt_at) where state in ('ISSUED', 'DELIVERED', 'ACCEPTED');
create index vehicle_command_ends on vehicle_command (expires_at) where state in ('ISSUED', 'DELIVERED', 'ACCEPTED');
create index vehicle_command_vehicle on vehicle_command (vehicle_id, number desc);

create table fleet_emergency (
  emergency_id uuid primary key,
  vehicle_id   text not null,
  kind         text not null,
  state        text not null,
  severity     text not null,
  occurred_at  timestamptz not null,
  state_at     timestamptz not null,
  latitude     double precision,
  longitude    double precision,
  city         text,
  trip_id      text,
  responder_id text,
  content      jsonb not null
) with (fillfactor = 50);

comment on table fleet_emergency is 'Every emergency and the step of handling that it has reached.';

create index fleet_emergency_open on fleet_emergency (vehicle_id) where state not in ('RESOLVED', 'FALSE_ALARM');

create table fleet_dispatch (
  dispatch_id  text primary key,
  status       text not null,
  requested_at timestamptz not null,
  give_up_at   timestamptz not null,
  status_at    timestamptz not null,
  latitude     double precision not null,
  longitude    double precision not null,
  city         text,
  trip_id      text,
  operation_id text,
  vehicle_id   text,
  command_id   uuid,
  tried        text[] not null default '{}',
  distance_km  double precision,
  candidates   integer,
  reason       text
) with (fillfactor = 50);

comment on table fleet_dispatch is 'Every request for a vehicle and the vehicle that serves it.';
comment on column fleet_dispatch.tried is 'Vehicles that did not take it.';

-- A vehicle serves one dispatch at a time.
create unique index fleet_dispatch_vehicle on fleet_dispatch (vehicle_id)
  where status in ('ASSIGNED', 'REASSIGNED', 'ACCEPTED', 'EN_ROUTE');
create index fleet_dispatch_waiting on fleet_dispatch (requested_at) where status = 'REQUESTED';
create index fleet_dispatch_command on fleet_dispatch (command_id);

create table fleet_capacity (
  zone_id      text not null,
  window_start timestamptz not null,
  level        text not null,
  total        integer not null,
  available    integer not null,
  in_use       integer not null,
  charging     integer not null,
  out_of_service integer not null,
  open_requests integer not null,
  primary key (zone_id, window_start)
);

comment on table fleet_capacity is 'Supply and demand of every zone, a row a window.';

alter table device add column battery_kwh double precision;

comment on column device.battery_kwh is 'Nominal capacity of the battery; trips of the vehicle then tell their energy.';
