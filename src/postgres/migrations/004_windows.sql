-- Ten-minute windows, and hours and days computed from them: late readings correct all three with one update.

create table reading_window (
  device_id    text not null,
  metric       text not null,
  window_start timestamptz not null,
  unit         text not null,
  count        bigint not null,
  minimum      double precision not null,
  total        double precision not null,
  maximum      double precision not null,
  primary key (device_id, metric, window_start)
) partition by range (window_start);

-- Short texts need no overflow table, and a partition without one is made in half the time.
alter table reading_window
  alter column device_id set storage plain,
  alter column metric set storage plain,
  alter column unit set storage plain;

create table reading_window_default partition of reading_window default;

comment on table reading_window is 'Readings of one device and metric in ten minutes of event time, UTC; partitioned by month.';
comment on column reading_window.total is 'Sum of the values: the amount for energy (kWh) and distance (km), the mean times the count for the others.';

create table window_applied (
  device_id text not null,
  time      timestamptz not null,
  event_id  uuid not null,
  topic     text not null,
  partition integer not null,
  "offset"  bigint not null,
  primary key (device_id, time, event_id)
) partition by range (time);

alter table window_applied
  alter column device_id set storage plain,
  alter column topic set storage plain;

create table window_applied_default partition of window_applied default;

comment on table window_applied is 'Readings that the windows contain; drop a day when no redelivery can reach it any more.';

create view reading_window_10min as
select device_id, metric, unit, window_start, window_start + interval '10 minutes' as window_end,
       count, minimum, total / count as mean, maximum, total
from reading_window;

create view reading_window_hour as
select device_id, metric, min(unit) as unit, hour as window_start, hour + interval '1 hour' as window_end,
       sum(count)::bigint as count, min(minimum) as minimum, sum(total) / sum(count) as mean,
       max(maximum) as maximum, sum(total) as total
from (select *, date_bin('1 hour', window_start, timestamptz '2000-01-01 00:00:00+00') as hour from reading_window) w
group by device_id, metric, hour;

create view reading_window_day as
select device_id, metric, min(unit) as unit, day as window_start, day + interval '24 hours' as window_end,
       sum(count)::bigint as count, min(minimum) as minimum, sum(total) / sum(count) as mean,
       max(maximum) as maximum, sum(total) as total
from (select *, date_bin('1 day', window_start, timestamptz '2000-01-01 00:00:00+00') as day from reading_window) w
group by device_id, metric, day;
