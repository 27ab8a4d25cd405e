import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Counts } from '../../../src/core/embedded-metrics.ts';
import {
  type FunctionHandle,
  type FunctionOptions,
  startFunction,
} from '../../../src/local/functions/function-host.ts';

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.ts`);
const running: FunctionHandle[] = [];

function start(overrides: Partial<FunctionOptions> = {}): FunctionHandle {
  const handle = startFunction({
    name: 'versatile',
    file: fixture('versatile'),
    environment: { SETTING: 'from the platform' },
    memoryMb: 64,
    timeoutMs: 5_000,
    ...overrides,
  });
  running.push(handle);
  return handle;
}

const ask = (handle: FunctionHandle, wish: string, ms?: number) =>
  handle.invoke({ kind: 'json', value: { do: wish, ms } });

const interrupted = (unclear: boolean) => ({
  status: 'rejected',
  reason: { code: 'EVENTBUS_FUNCTION_INTERRUPTED', details: { unclear } },
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((handle) => handle.close()));
});

describe('a function in its thread', () => {
  test('is loaded once, has its environment and a context, and answers invocations side by side', async () => {
    const handle = start();
    await handle.ready();
    const met = await Promise.all([ask(handle, 'meet'), ask(handle, 'meet'), ask(handle, 'meet')]);
    expect(met).toEqual(['met', 'met', 'met']);
    expect(await ask(handle, 'count')).toBe(4);
    expect(await ask(handle, 'echo')).toEqual({
      event: { do: 'echo' },
      function: 'versatile',
      setting: 'from the platform',
    });
    const left = await ask(handle, 'time');
    expect(left).toBeGreaterThan(4_000);
    expect(left).toBeLessThanOrEqual(5_000);
  });

  test('fails an invocation with the error that the handler threw, and stays', async () => {
    const handle = start();
    await expect(ask(handle, 'throw')).rejects.toMatchObject({
      code: 'EVENTBUS_FUNCTION_FAILED',
      details: { causeCode: 'TEST_CODE' },
      cause: { name: 'RangeError', message: 'as asked' },
    });
    expect(await ask(handle, 'count')).toBe(2);
  });

  test('gives metric lines and other lines to their listeners', async () => {
    const counts: Counts[] = [];
    const lines: string[] = [];
    const handle = start({ onMetrics: (line) => counts.push(line), onLog: (line) => lines.push(line) });
    await ask(handle, 'print');
    for (let tries = 0; tries < 1_000 && lines.length + counts.length < 3; tries += 1)
      await new Promise((done) => setTimeout(done, 10));
    expect(counts).toEqual([
      { consumer: 'c', topic: 't', applied: 3, skipped: {}, deadLettered: 0, failed: 0, waiting: 0 },
    ]);
    expect([...lines].sort()).toEqual(['careful', '{"level":30,"msg":"hello"}']);
  });
});

describe('a function whose thread ends', () => {
  test.each([
    ['by its time limit', 'hang', 'EVENTBUS_FUNCTION_TIMEOUT'],
    ['by process.exit', 'exit', 'EVENTBUS_FUNCTION_CRASHED'],
    ['by a rejection that nobody handles', 'reject-later', 'EVENTBUS_FUNCTION_CRASHED'],
    ['by its memory limit', 'eat-memory', 'EVENTBUS_FUNCTION_OUT_OF_MEMORY'],
  ])('%s fails the invocation with a coded error and is started again', async (_how, wish, code) => {
    const restarts: string[] = [];
    const handle = start({
      timeoutMs: wish === 'hang' ? 1_000 : 5_000,
      onRestart: (error) => restarts.push(error.code),
    });
    await handle.ready();
    await expect(ask(handle, wish)).rejects.toMatchObject({ code });
    expect(await ask(handle, 'count')).toBe(1);
    expect(handle.restarts).toBe(1);
    expect(restarts).toHaveLength(1);
  });

  test.each([
    ['exits', 'exit'],
    ['is stuck', 'hang'],
    ['eats the memory', 'eat-memory'],
  ])('interrupts all its invocations when one of them %s, because it cannot tell which', async (_how, wish) => {
    const handle = start({ timeoutMs: wish === 'hang' ? 1_000 : 5_000 });
    await handle.ready();
    const ends = await Promise.allSettled([ask(handle, 'wait', 4_000), ask(handle, wish)]);
    expect(ends).toMatchObject([interrupted(true), interrupted(true)]);
  });

  test('blames the one that ran out of time when the thread still answers, and interrupts the others', async () => {
    const handle = start({ timeoutMs: 400 });
    await handle.ready();
    const late = ask(handle, 'wait', 4_000);
    const other = new Promise((resolve) => setTimeout(resolve, 200)).then(() => ask(handle, 'wait', 4_000));
    expect(await Promise.allSettled([late, other])).toMatchObject([
      { status: 'rejected', reason: { code: 'EVENTBUS_FUNCTION_TIMEOUT' } },
      interrupted(false),
    ]);
  });

  test('leaves the shared environment alone when an invocation apart ends its own', async () => {
    const handle = start();
    await handle.ready();
    const beside = ask(handle, 'wait', 300);
    const apart = handle.invoke({ kind: 'json', value: { do: 'exit' } }, { alone: true });
    expect(await Promise.allSettled([beside, apart])).toMatchObject([
      { status: 'fulfilled', value: 'waited' },
      { status: 'rejected', reason: { code: 'EVENTBUS_FUNCTION_CRASHED' } },
    ]);
    expect(await handle.invoke({ kind: 'json', value: { do: 'count' } }, { alone: true })).toBe(1);
    expect(await ask(handle, 'count')).toBe(2);
  });

  test.each([
    ['throws on import', 'broken', 'broken on import'],
    ['exports no handler', 'no-handler', 'exports other, wanted "handler"'],
    ['does not exist', 'nowhere', 'Cannot find module'],
  ])('because its module %s fails invocations with the reason', async (_how, name, reason) => {
    const handle = start({ file: fixture(name) });
    await expect(handle.ready()).rejects.toThrow(reason);
    await expect(ask(handle, 'count')).rejects.toMatchObject({ code: 'EVENTBUS_FUNCTION_INIT' });
  });

  test('throttles invocations above its reserved concurrency, and all of them at none', async () => {
    const handle = start();
    await handle.ready();
    handle.reserve(1);
    const first = ask(handle, 'wait', 100);
    await expect(ask(handle, 'count')).rejects.toMatchObject({ code: 'EVENTBUS_FUNCTION_THROTTLED' });
    expect(await first).toBe('waited');
    handle.reserve(0);
    await expect(ask(handle, 'count')).rejects.toMatchObject({ code: 'EVENTBUS_FUNCTION_THROTTLED' });
    handle.reserve(null);
    expect(await ask(handle, 'count')).toBe(2);
  });

  test('refuses invocations once it is closed', async () => {
    const handle = start();
    await handle.close();
    await expect(ask(handle, 'count')).rejects.toMatchObject({ code: 'EVENTBUS_FUNCTION_CLOSED' });
  });
});
