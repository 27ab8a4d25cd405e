import { expect, test } from '@jest/globals';
import { makeFunctionLog } from '../../src/consumers/function-log.ts';

function written(level?: string) {
  const lines: string[] = [];
  const log = makeFunctionLog({ name: 'telemetry-cleaner', level, write: (line) => lines.push(line) });
  return { log, lines };
}

test('an entry is one line of JSON with its level, time, function, fields and message', () => {
  const { log, lines } = written();
  log.warn({ code: 'EVENTBUS_X', offset: 12n, cause: new TypeError('broken') }, 'two\nlines');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    function: 'telemetry-cleaner',
    code: 'EVENTBUS_X',
    offset: '12',
    cause: { name: 'TypeError', message: 'broken', stack: expect.stringContaining('function-log.test.ts') },
    msg: 'two\nlines',
  });
});

test.each([
  [undefined, ['info', 'warn', 'error']],
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['error', ['error']],
])('the level %s lets %j through', (level, expected) => {
  const { log, lines } = written(level);
  for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]({}, name);
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
});

test('a level that there is not is refused with those that there are', () => {
  expect(() => written('loud')).toThrow('EVENT_BUS_LOG_LEVEL is "loud"; allowed are debug, info, warn, error');
});
