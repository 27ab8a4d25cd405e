import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Codec } from '../../src/codec/codec.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makeTimeseriesWriter } from '../../src/consumers/timeseries-writer/handler.ts';
import { makeWindowAggregator } from '../../src/consumers/window-aggregator/handler.ts';
import { MemoryDeadLetters } from '../make/batch-engine.ts';
import { cloudEventHeaders, lambdaContext, mskEvent, mskRecord } from '../make/msk-event.ts';
import { embeddedDatabase, type TestDatabase } from '../make/postgres.ts';
import { cleanedReading, may1st, vehicleTelemetry } from '../make/readings.ts';

const codec: Codec = makeCodec();
let database: TestDatabase;

beforeAll(async () => {
  database = await embeddedDatabase();
});
afterAll(() => database.close());

function avroHeaders(id: string) {
  return { ...cloudEventHeaders(id), 'content-type': 'application/avro' };
}

test('an event of both cleaned topics ends in the time series and the windows; a bad record is dead-lettered alone', async () => {
  const vehicles = [0, 1, 2].map((offset) =>
    mskRecord({
      offset,
      headers: avroHeaders(`10000000-0000-5000-8000-00000000000${offset}`),
      value: codec.encode('VehicleTelemetry', {
        ...vehicleTelemetry({ time: may1st + offset * 1000, speedKmh: 10 * offset }),
        tripId: offset === 1 ? 'no\u0000trip' : null,
      }),
    }),
  );
  const turbine = mskRecord({
    topic: 'sensor.cleaned',
    offset: 40,
    headers: avroHeaders('20000000-0000-5000-8000-000000000000'),
    value: codec.encode('CleanedReading', cleanedReading()),
  });
  const event = mskEvent([...vehicles, turbine]);
  const deadLetters = new MemoryDeadLetters();
  const runtime = { codec, deadLetters, pool: database.pool, log: pino({ level: 'silent' }) };

  for (const handler of [makeTimeseriesWriter(runtime), makeWindowAggregator(runtime)]) {
    expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] });
  }

  const readings = await database.pool.query('select "offset", speed_kmh from vehicle_reading order by 1');
  expect(readings.rows).toEqual([
    { offset: 0, speed_kmh: 0 },
    { offset: 2, speed_kmh: 20 },
  ]);
  const windows = await database.pool.query(
    `select device_id, metric, count, mean from reading_window_10min where metric in ('speed', 'energy') order by 1`,
  );
  expect(windows.rows).toEqual([
    { device_id: 'car-1', metric: 'speed', count: 3, mean: 10 },
    { device_id: 'turbine-1', metric: 'energy', count: 1, mean: 250 },
  ]);
  expect(new Set(deadLetters.letters.map(({ consumer, offset }) => `${consumer} ${offset}`))).toEqual(
    new Set(['timeseries-writer 1']),
  );
});
