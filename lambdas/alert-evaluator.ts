import { makeAlertEvaluator } from '../src/consumers/alert-evaluator/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';

export const handler = makeAlertEvaluator(runtimeFromEnvironment(process.env, publisherFromEnvironment));
