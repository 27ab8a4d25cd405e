import { expect, test } from '@jest/globals';
import pino from 'pino';
import { startPartThread } from '../../../src/local/platform/part-thread.ts';

test('a part that fails after it has opened something ends with its error instead of hanging', async () => {
  const starting = startPartThread({
    name: 'half started',
    module: new URL('./half-started-part.ts', import.meta.url),
    settings: {},
    log: pino({ level: 'silent' }),
    onStopped: () => {},
  });
  await expect(starting).rejects.toMatchObject({
    code: 'EVENTBUS_LOCAL_PORT_TAKEN',
    message: expect.stringContaining('gRPC on 127.0.0.1:50051'),
  });
}, 20_000);
