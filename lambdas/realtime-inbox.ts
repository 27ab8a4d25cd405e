import { makeRealtimeInbox } from '../src/consumers/realtime-inbox/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';

export const handler = makeRealtimeInbox(runtimeFromEnvironment(process.env));
