// A part for a test: it listens on a port before it fails, as an entrance does whose second port is taken.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { servePart } from '../../../src/local/platform/part-thread.ts';

await servePart(async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  throw new AppError('EVENTBUS_LOCAL_PORT_TAKEN', 'gRPC on 127.0.0.1:50051');
});
