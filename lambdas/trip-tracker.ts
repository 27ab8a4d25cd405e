import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeTripTracker } from '../src/consumers/trip-tracker/handler.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeTripTracker(runtimeFromEnvironment(process.env, publisherFromEnvironment));
