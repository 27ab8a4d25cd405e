-- Readings by event time. Partitions are made when the first reading of their day or month arrives; readings outside
-- 2000 to 2099 lie in the default partition. The keys begin with the device, so that one index serves both the
-- search for a device's readings and the refusal of second copies.

create table vehicle_reading (
  vehicle_id       text not null,
  time             timestamptz not null,
  event_id         uuid not null,
  sequence         bigint,
  latitude         double precision,
  longitude        double precision,
  altitude_m       double precision,
  speed_kmh        double precision,
  speed_limit_kmh  double precision,
  battery_percent  double precision,
  odometer_km      double precision,
  distance_km      double precision,
  temperature_c    double precision,
  humidity_percent double precision,
  mode             text not null,
  trip_id          text,
  emergency        text,
  faults           text[],
  quality          text[],
  received_at      timestamptz not null,
  topic            text not null,
  partition        integer not null,
  "offset"         bigint not null,
  primary key (vehicle_id, time, event_id)
) partition by range (time);

create table vehicle_reading_default partition of vehicle_reading default;

comment on table vehicle_reading is 'One cleaned reading of a vehicle a row; partitioned by day (UTC) of the reading.';
comment on column vehicle_reading.event_id is 'CloudEvents id of the record.';
comment on column vehicle_reading.faults is 'Active fault codes; null when there are none.';
comment on column vehicle_reading.quality is 'Flags of the cleaner; null when the reading needed nothing.';
comment on column vehicle_reading."offset" is 'Where the record lies in its topic and partition.';

create table measurement (
  device_id        text not null,
  metric           text not null,
  time             timestamptz not null,
  event_id         uuid not null,
  value            double precision not null,
  unit             text not null,
  sequence         bigint,
  interval_seconds integer,
  quality          text[],
  received_at      timestamptz not null,
  topic            text not null,
  partition        integer not null,
  "offset"         bigint not null,
  primary key (device_id, metric, time, event_id)
) partition by range (time);

create table measurement_default partition of measurement default;

comment on table measurement is 'One value of a turbine, sensor or station a row; partitioned by month (UTC) of the reading.';
comment on column measurement.event_id is 'CloudEvents id of the record; the values of one record share it.';
comment on column measurement.interval_seconds is 'Length of the averaging interval; null for instant values.';
