import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeSafetyMonitor } from '../src/consumers/safety-monitor/handler.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeSafetyMonitor(runtimeFromEnvironment(process.env, publisherFromEnvironment));
