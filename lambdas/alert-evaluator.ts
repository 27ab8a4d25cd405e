import { makeAlertEvaluator } from '../src/consumers/alert-evaluator/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';

export const handler = makeAlertEvaluator(runtimeFromEnvironment(process.env));
