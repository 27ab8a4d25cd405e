import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { badInput, type CheckedInput, checkInput } from '../../../src/cli/produce/checked-input.ts';
import type { ReadEvent } from '../../../src/cli/produce/event-reader.ts';
import { streamInput } from '../../../src/cli/produce/input-lines.ts';
import { sendEvents } from '../../../src/cli/produce/send-events.ts';
import { streamEvents } from '../../../src/cli/produce/stream-events.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { ErrorCode } from '../../../src/core/errors/registry.ts';
import type { OutgoingRecord } from '../../../src/kafka/outgoing.ts';
import { codedRejectionOf } from '../../make/coded-error.ts';

const { signal } = new AbortController();
const input = (lines: readonly string[]) => streamInput(Readable.from([Buffer.from(lines.join('\n'))]));

/** `bad…` is refused, everything else is an event whose id is the line. */
function read(line: string): ReadEvent {
  if (line.startsWith('bad')) throw new AppError('EVENTBUS_CODEC_VALUE_INVALID', `Thing.field is "${line}"`);
  const record = { topic: 't', key: line, value: Buffer.from(line), headers: {} };
  return { id: line, record, unknownFields: line.startsWith('odd') ? ['colour'] : [] };
}

function refusing(code: ErrorCode) {
  return (line: string): never => {
    throw new AppError(code, line);
  };
}

const check = (lines: readonly string[], maxHeldBytes = 1000): Promise<CheckedInput> =>
  checkInput(input(lines), { read, maxHeldBytes, onProgress: () => {}, signal });

/** Takes records until `failAt` were sent. */
function publisher(failAt = Number.POSITIVE_INFINITY) {
  const sent: string[] = [];
  const send = async (records: readonly OutgoingRecord[]) => {
    await new Promise((done) => setImmediate(done));
    if (sent.length + records.length > failAt) throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'gone');
    sent.push(...records.map(({ key }) => String(key)));
  };
  return { sent, send };
}

describe('checking an input', () => {
  test('reads every line, holds the events, and names bad lines with their numbers', async () => {
    const checked = await check(['a', 'bad1', '', 'odd', 'odd2', 'bad2']);
    expect(checked).toMatchObject({ good: 3, bad: 2, unknown: new Map([['colour', 2]]) });
    expect(checked.events?.map(({ id }) => id)).toEqual(['a', 'odd', 'odd2']);
    const error = badInput(input([]), checked, 0);
    expect(error.message).toContain(
      '2 lines of standard input\n  line 2: Thing.field is "bad1"\n  line 6: Thing.field is "bad2"\nNothing was sent.',
    );
  });

  test('names the first bad lines and counts the rest', async () => {
    const error = badInput(input([]), await check(Array.from({ length: 1030 }, () => 'bad')), 0);
    expect(error.message.match(/\n {2}line/g)).toHaveLength(20);
    expect(error.message).toContain('and 1,010 more');
  });

  test('of nothing at all is refused', async () => {
    expect((await codedRejectionOf(check(['', ' ']))).message).toContain('standard input has no event');
  });

  test('refuses a stream that is too large to be held, with the ways out', async () => {
    const error = await codedRejectionOf(check(['a'.repeat(600), 'b'.repeat(600)]));
    expect(error.message).toContain('--file');
    expect(error.message).toContain('--stream');
  });

  test('lets go of a file that is too large, because it can be read again', async () => {
    const file = { ...input(['a'.repeat(600), 'b'.repeat(600)]), repeatable: true };
    const checked = await checkInput(file, { read, maxHeldBytes: 1000, onProgress: () => {}, signal });
    expect(checked).toMatchObject({ good: 2, events: undefined });
  });

  test('passes on what is not the fault of a line', async () => {
    const work = checkInput(input(['a']), {
      read: refusing('EVENTBUS_CODEC_SCHEMA_IDS_INVALID'),
      maxHeldBytes: 9,
      onProgress: () => {},
      signal,
    });
    expect((await codedRejectionOf(work)).code).toBe('EVENTBUS_CODEC_SCHEMA_IDS_INVALID');
  });

  test('guesses a document over several lines', async () => {
    const checked = await checkInput(input(['{', '"a": 1']), {
      read: refusing('EVENTBUS_CODEC_JSON_INVALID'),
      maxHeldBytes: 9,
      onProgress: () => {},
      signal,
    });
    expect(badInput(input([]), checked, 0).message).toContain('jq -c');
  });
});

const events = (count: number) => Array.from({ length: count }, (_, index) => read(`e${index}`));

describe('sending events', () => {
  test('keeps their order and tells the ids that the log has', async () => {
    const log = publisher();
    const ids: string[] = [];
    await sendEvents(events(2500), { publisher: log, signal, onSent: (sent) => void ids.push(...sent) });
    expect(log.sent).toEqual(events(2500).map(({ id }) => id));
    expect(ids).toEqual(log.sent);
  });

  test('says how many the log had taken when it fails', async () => {
    const work = sendEvents(events(2500), { publisher: publisher(1500), signal, onSent: () => {} });
    const error = await codedRejectionOf(work);
    expect(error).toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE', details: { sent: 1000 } });
    expect(error.message).toContain('gone; the log has taken 1,000 events before');
  });

  test('stops after the chunk under way when interrupted', async () => {
    const controller = new AbortController();
    const log = publisher();
    await sendEvents(events(5000), { publisher: log, signal: controller.signal, onSent: () => controller.abort() });
    expect(log.sent).toHaveLength(1000);
  });
});

describe('streaming', () => {
  const options = { read, signal, subject: 'Alert', skipBad: false } as const;

  test('sends each line, and stops at a bad one with everything before it sent', async () => {
    const log = publisher();
    const ids: string[] = [];
    const work = streamEvents(input(['a', 'b', 'bad', 'c']), {
      ...options,
      publisher: log,
      onSent: (sent) => void ids.push(...sent),
    });
    const error = await codedRejectionOf(work);
    expect(error.message).toContain('line 3');
    expect(error.message).toContain('Events sent before: 2');
    expect(log.sent).toEqual(['a', 'b']);
    expect(ids).toEqual(['a', 'b']);
  });

  test('leaves bad lines out when asked to, and counts them', async () => {
    const log = publisher();
    const bad = await streamEvents(input(['bad', 'a', 'bad', 'b']), {
      ...options,
      skipBad: true,
      publisher: log,
      onSent: () => {},
    });
    expect(bad).toBe(2);
    expect(log.sent).toEqual(['a', 'b']);
  });

  test('ends when the log fails', async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => `e${index}`);
    const log = publisher(10);
    const work = streamEvents(input(lines), { ...options, publisher: log, onSent: () => {} });
    expect((await codedRejectionOf(work)).code).toBe('EVENTBUS_KAFKA_UNAVAILABLE');
    expect(log.sent).toHaveLength(10);
  });
});
