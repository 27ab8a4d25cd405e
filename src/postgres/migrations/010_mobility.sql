-- What shared vehicles and stations offer, the bookings that hold them, and the trips between bays.

create table availability (
  entity_id          text primary key,
  kind               text not null check (kind in ('STATION', 'VEHICLE')),
  city               text,
  station_id         text,
  vehicle_type       text,
  status             text not null,
  latitude           double precision,
  longitude          double precision,
  battery_percent    double precision,
  booking_id         text,
  vehicles_available integer,
  vehicles_by_type   jsonb not null,
  docks_available    integer,
  is_renting         boolean,
  is_returning       boolean,
  updated_at         timestamptz not null,
  source_event_id    text,
  memory             jsonb not null,
  revision           bigint not null
) with (fillfactor = 60);

create index availability_city on availability (city, kind);

comment on table availability is 'Newest availability of every station and shared vehicle: the same values as the newest record of its key in veh.inventory.updates.';
comment on column availability.entity_id is 'City and station joined by a slash, or the vehicle.';
comment on column availability.station_id is 'The station itself, or where the vehicle stands.';
comment on column availability.vehicles_available is 'Vehicles ready to rent, those that bookings hold taken off; null before anything has counted them.';
comment on column availability.memory is 'What the projector folds the next event into; nobody else reads it.';
comment on column availability.revision is 'How often it was told of.';

create table mobility_booking (
  booking_id        text primary key,
  city              text not null,
  language          text not null,
  currency          text not null,
  status            text not null,
  payment           text not null,
  amount_minor      bigint,
  vehicle_id        text,
  vehicle_type      text,
  pickup_station_id text,
  return_station_id text,
  trip_id           text,
  started_at        timestamptz,
  returned_at       timestamptz,
  updated_at        timestamptz not null,
  memory            jsonb not null
) with (fillfactor = 70);

comment on table mobility_booking is 'Bookings of shared vehicles, as their events left them.';
comment on column mobility_booking.amount_minor is 'Newest amount that was told, in minor units of the currency.';

create index mobility_booking_vehicle on mobility_booking (vehicle_id);

create table mobility_trip (
  trip_id          text primary key,
  city             text not null,
  vehicle_id       text,
  vehicle_type     text,
  start_station_id text,
  started_at       timestamptz,
  start_latitude   double precision,
  start_longitude  double precision,
  end_station_id   text,
  ended_at         timestamptz,
  end_latitude     double precision,
  end_longitude    double precision,
  duration_seconds double precision generated always as (extract(epoch from ended_at - started_at)::double precision) stored
);

comment on table mobility_trip is 'Rides from one bay to another; a ride that only one of its two stations has told yet has one half.';

create index mobility_trip_city on mobility_trip (city, started_at);

create view availability_by_city as
select city, vehicle_type, sum(at_stations)::bigint as at_stations, sum(free_floating)::bigint as free_floating,
       (sum(at_stations) + sum(free_floating))::bigint as vehicles_available
from (
  select city, t.key as vehicle_type, t.value::bigint as at_stations, 0 as free_floating
  from availability, jsonb_each_text(vehicles_by_type) t
  where kind = 'STATION'
  union all
  -- Vehicles at stations are counted by their stations.
  select city, vehicle_type, 0, 1 from availability
  where kind = 'VEHICLE' and status = 'AVAILABLE' and station_id is null
) counted
group by city, vehicle_type;

comment on view availability_by_city is 'Vehicles ready to rent by city and type, at stations and outside of them.';
