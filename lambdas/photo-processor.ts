import { makePhotoProcessorHandler } from '../src/consumers/photo-processor/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makePhotoProcessorHandler(runtimeFromEnvironment(process.env, publisherFromEnvironment));
