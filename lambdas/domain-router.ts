import { makeDomainRouter } from '../src/consumers/domain-router/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';

export const handler = makeDomainRouter(runtimeFromEnvironment(process.env));
