-- What is known about each device: seeded by an operator, completed by what the devices report.

create table device (
  device_id  text primary key,
  kind       text,
  type       text,
  fleet      text,
  city       text,
  site_id    text,
  time_zone  text,
  first_seen timestamptz,
  last_seen  timestamptz
) with (fillfactor = 50);

comment on column device.kind is 'vehicle, turbine, sensor or station.';
comment on column device.time_zone is 'IANA name, for devices whose clock tells local time without an offset.';
comment on column device.first_seen is 'Earliest reading, event time.';
comment on column device.last_seen is 'Latest reading, event time; up to a minute behind while the device is sending.';
