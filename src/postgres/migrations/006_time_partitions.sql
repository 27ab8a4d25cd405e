-- Consumers make the partitions that their readings need, but may change no table: they sign in as a role that owns
-- nothing. This function does that one thing with the rights of the tables' owner.

create function make_time_partition(parent text, granularity text, at_time timestamptz, fill_factor integer)
returns void
language plpgsql
security definer
as $$
declare
  starts timestamp;
  ends timestamp;
  child text;
begin
  -- One maker at a time, until the end of the transaction: two would wait for each other.
  perform pg_advisory_xact_lock(4207319003);
  if granularity = 'day' then
    starts := date_trunc('day', at_time at time zone 'UTC');
    ends := starts + interval '1 day';
    child := parent || to_char(starts, '_YYYYMMDD');
  elsif granularity = 'month' then
    starts := date_trunc('month', at_time at time zone 'UTC');
    ends := starts + interval '1 month';
    child := parent || to_char(starts, '_YYYYMM');
  else
    raise exception 'granularity is "%", allowed are day and month', granularity using errcode = '22023';
  end if;
  if starts < timestamp '2000-01-01' or starts >= timestamp '2100-01-01' then
    raise exception 'partitions begin from 2000 to 2099, not at %', starts using errcode = '22008';
  end if;
  execute format(
    'create table if not exists %1$I.%2$I partition of %1$I.%3$I for values from (%4$L) to (%5$L) with (fillfactor = %6$s)',
    current_schema(), child, parent, starts at time zone 'UTC', ends at time zone 'UTC', fill_factor
  );
end
$$;

comment on function make_time_partition is 'Makes the partition of a table of this schema for the day or month (UTC) that holds a time, when there is none.';

revoke execute on function make_time_partition from public;

-- A function with its owner's rights must not find names that its caller has put in front of the real ones.
do $$
begin
  execute format('alter function make_time_partition set search_path = %I, pg_temp', current_schema());
end
$$;
