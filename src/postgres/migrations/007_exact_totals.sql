-- Totals as exact numbers: floating sums depend on how readings were cut into batches, so a window rebuilt by a replay
-- would differ in its last bits from the one it replaces.

drop view reading_window_10min;
drop view reading_window_hour;
drop view reading_window_day;

alter table reading_window alter column total type numeric using total::numeric;

comment on column reading_window.total is 'Sum of the values, each rounded to a millionth: the amount for energy (kWh) and distance (km), the mean times the count for the others.';

create view reading_window_10min as
select device_id, metric, unit, window_start, window_start + interval '10 minutes' as window_end,
       count, minimum, total::double precision / count as mean, maximum, total::double precision as total
from reading_window;

create view reading_window_hour as
select device_id, metric, min(unit) as unit, hour as window_start, hour + interval '1 hour' as window_end,
       sum(count)::bigint as count, min(minimum) as minimum, sum(total)::double precision / sum(count) as mean,
       max(maximum) as maximum, sum(total)::double precision as total
from (select *, date_bin('1 hour', window_start, timestamptz '2000-01-01 00:00:00+00') as hour from reading_window) w
group by device_id, metric, hour;

create view reading_window_day as
select device_id, metric, min(unit) as unit, day as window_start, day + interval '24 hours' as window_end,
       sum(count)::bigint as count, min(minimum) as minimum, sum(total)::double precision / sum(count) as mean,
       max(maximum) as maximum, sum(total)::double precision as total
from (select *, date_bin('1 day', window_start, timestamptz '2000-01-01 00:00:00+00') as day from reading_window) w
group by device_id, metric, day;
