import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeTelemetryCleaner } from '../src/consumers/telemetry-cleaner/handler.ts';

export const handler = makeTelemetryCleaner(runtimeFromEnvironment(process.env));
