import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeTimeseriesWriter } from '../src/consumers/timeseries-writer/handler.ts';

export const handler = makeTimeseriesWriter(runtimeFromEnvironment(process.env));
