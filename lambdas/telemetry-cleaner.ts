import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeTelemetryCleaner } from '../src/consumers/telemetry-cleaner/handler.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeTelemetryCleaner(runtimeFromEnvironment(process.env, publisherFromEnvironment));
