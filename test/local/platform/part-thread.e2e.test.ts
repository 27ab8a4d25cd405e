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
}, 5_000);
