import { makeOrderProjector } from '../src/consumers/order-projector/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';

export const handler = makeOrderProjector(runtimeFromEnvironment(process.env));
