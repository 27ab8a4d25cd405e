import { expect, test } from '@jest/globals';
import pino from 'pino';
import type { ScheduledFunction } from '../../../src/catalogue/scheduled-functions.ts';
import type { FunctionHandle } from '../../../src/local/functions/function-host.ts';
import { startSchedules } from '../../../src/local/schedule/schedules.ts';

const scheduled: ScheduledFunction = {
  name: 'sweeper',
  everyMinutes: 1,
  localEveryMs: 1,
  topics: [],
  memoryMb: 128,
  timeoutMs: 1_000,
  description: 'A function for tests.',
};

function rig({
  isWanted = async () => true,
  invoke,
}: {
  isWanted?: () => Promise<boolean>;
  invoke: () => Promise<unknown>;
}) {
  const lines: string[] = [];
  const target = { name: 'sweeper', invoke } as unknown as FunctionHandle;
  const schedules = startSchedules({
    functions: [scheduled],
    targets: new Map([['sweeper', target]]),
    isWanted,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
  });
  return { lines, schedules };
}

test('calls a function again and again, one call at a time, and waits for the last one when it is closed', async () => {
  let running = 0;
  let most = 0;
  let calls = 0;
  const thrice = Promise.withResolvers<void>();
  const { schedules } = rig({
    invoke: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      calls += 1;
      if (calls === 3) thrice.resolve();
    },
  });
  await thrice.promise;
  await schedules.close();
  expect({ most, running }).toEqual({ most: 1, running: 0 });
  const ended = calls;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(calls).toBe(ended);
});

test('leaves a function alone that has nothing to do', async () => {
  let looks = 0;
  const looked = Promise.withResolvers<void>();
  const { schedules } = rig({
    isWanted: async () => {
      looks += 1;
      if (looks === 3) looked.resolve();
      return false;
    },
    invoke: () => Promise.reject(new Error('must not be called')),
  });
  await looked.promise;
  await schedules.close();
  expect(looks).toBeGreaterThanOrEqual(3);
});

test('goes on after failures, and tells of the same one once', async () => {
  let calls = 0;
  const often = Promise.withResolvers<void>();
  const { lines, schedules } = rig({
    invoke: () => {
      calls += 1;
      if (calls === 5) often.resolve();
      return Promise.reject(new Error(calls < 4 ? 'the database is away' : 'another matter'));
    },
  });
  await often.promise;
  await schedules.close();
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    expect.stringContaining('the database is away'),
    expect.stringContaining('another matter'),
  ]);
});
