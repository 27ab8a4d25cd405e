import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startPartThread } from '../../../src/local/platform/part-thread.ts';

test('closing a part that fails to close ends its thread all the same, and says why', async () => {
  const lines: string[] = [];
  const part = await startPartThread({
    name: 'broken',
    module: new URL('broken-part.ts', import.meta.url),
    settings: null,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    onStopped: () => lines.push('stopped by itself'),
  });
  await part.close();
  expect(lines).toEqual([expect.stringContaining('cannot close')]);
});

test('a part that fails after it has opened something ends with its error instead of hanging', async () => {
  const starting = startPartThread({
    name: 'half started',
    module: new URL('half-started-part.ts', import.meta.url),
    settings: null,
    log: pino({ level: 'silent' }),
    onStopped: () => {},
  });
  await expect(starting).rejects.toMatchObject({
    code: 'EVENTBUS_LOCAL_PORT_TAKEN',
    message: expect.stringContaining('gRPC on 127.0.0.1:50051'),
  });
});
