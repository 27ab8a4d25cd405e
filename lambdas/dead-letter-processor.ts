import { makeDeadLetterProcessor } from '../src/consumers/dead-letter-processor/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';

export const handler = makeDeadLetterProcessor(runtimeFromEnvironment(process.env));
