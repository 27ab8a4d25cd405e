import { makeFleetProjector } from '../src/consumers/fleet-projector/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeFleetProjector(runtimeFromEnvironment(process.env, publisherFromEnvironment));
