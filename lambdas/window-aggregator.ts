import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeWindowAggregator } from '../src/consumers/window-aggregator/handler.ts';

export const handler = makeWindowAggregator(runtimeFromEnvironment(process.env));
