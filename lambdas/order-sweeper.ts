import { makeOrderSweeper } from '../src/consumers/order-sweeper/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeOrderSweeper(runtimeFromEnvironment(process.env, publisherFromEnvironment));
