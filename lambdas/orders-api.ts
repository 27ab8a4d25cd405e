import { makeOrdersApiHandler } from '../src/consumers/orders-api/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeOrdersApiHandler(runtimeFromEnvironment(process.env, publisherFromEnvironment), process.env);
