import { makeInventoryProjector } from '../src/consumers/inventory-projector/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeInventoryProjector(runtimeFromEnvironment(process.env, publisherFromEnvironment));
