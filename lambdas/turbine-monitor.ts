import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeTurbineMonitor } from '../src/consumers/turbine-monitor/handler.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeTurbineMonitor(runtimeFromEnvironment(process.env, publisherFromEnvironment));
