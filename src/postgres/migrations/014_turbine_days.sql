-- What turbines did, slot by slot and day by day, from the ten-minute windows: late readings correct it, copies add nothing.

create view turbine_slot as
select s.*, case when s.good_wind and s.power_kw <= 0.01 * s.possible_kw then 'down'
                 when s.good_wind then 'producing' else 'idle' end as state
from (
  select p.device_id as turbine_id, p.window_start as slot_start,
         (p.total / p.count)::double precision as power_kw,
         (w.total / w.count)::double precision as wind_ms,
         (t.total / t.count)::double precision as possible_kw,
         coalesce(t.total / t.count, 0) > 0 and w.total / w.count >= 5 as good_wind
  from reading_window p
  join reading_window w on w.device_id = p.device_id and w.window_start = p.window_start and w.metric = 'windSpeed'
  left join reading_window t
    on t.device_id = p.device_id and t.window_start = p.window_start and t.metric = 'theoreticalPower'
  where p.metric = 'activePower'
) s;

comment on view turbine_slot is 'Ten minutes of a turbine: producing, idle (too little or too much wind) or down in wind that it should have used.';

create view turbine_day as
select turbine_id, (slot_start at time zone 'UTC')::date as day,
       144 as slots,
       count(*)::integer as reported,
       count(*) filter (where state = 'down')::integer as down,
       count(*) filter (where state = 'producing')::integer as producing,
       count(*) filter (where state = 'idle')::integer as idle,
       count(*) / 144.0::double precision as coverage,
       count(*) filter (where state <> 'down') / 144.0::double precision as availability,
       sum(power_kw) / 6 as energy_kwh,
       sum(possible_kw) / 6 as possible_kwh,
       (sum(power_kw) filter (where state = 'producing') / sum(possible_kw) filter (where state = 'producing')) - 1
         as power_deviation
from turbine_slot
group by turbine_id, (slot_start at time zone 'UTC')::date;

comment on view turbine_day is 'A turbine and a day (UTC): share of the 144 slots with readings and able to produce, and how far its power lay from the curve.';
