import { makeOrderSaga } from '../src/consumers/order-saga/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeOrderSaga(runtimeFromEnvironment(process.env, publisherFromEnvironment));
