import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { makeSafetyDesk } from '../src/consumers/safety-desk/handler.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeSafetyDesk(runtimeFromEnvironment(process.env, publisherFromEnvironment));
