import { makeFleetDispatcher } from '../src/consumers/fleet-dispatcher/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeFleetDispatcher(runtimeFromEnvironment(process.env, publisherFromEnvironment));
