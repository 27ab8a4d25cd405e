import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fileInput, type InputLine, streamInput } from '../../../src/cli/produce/input-lines.ts';
import { codedErrorOf } from '../../make/coded-error.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const folder = temporaryDirectory();
afterAll(() => folder.remove());

async function linesOf(text: string | readonly Buffer[]): Promise<readonly InputLine[]> {
  const stream = Readable.from(typeof text === 'string' ? [Buffer.from(text)] : text);
  return allOf(streamInput(stream).lines(new AbortController().signal));
}

async function allOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('lines of input', () => {
  test('are counted with the blank ones, which are left out', async () => {
    expect(await linesOf('{"a":1}\n\n  \n{"b":2}\n')).toEqual([
      { number: 1, text: '{"a":1}' },
      { number: 4, text: '{"b":2}' },
    ]);
  });

  test('may end without a line end, and begin with a byte order mark', async () => {
    expect(await linesOf('\uFEFF{}\r\n[]')).toEqual([
      { number: 1, text: '{}\r' },
      { number: 2, text: '[]' },
    ]);
  });

  test('may be cut anywhere on their way, also inside a letter', async () => {
    const bytes = Buffer.from('{"ø":"å"}\n{"ü":1}');
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect((await linesOf(pieces)).map(({ text }) => text)).toEqual(['{"ø":"å"}', '{"ü":1}']);
  });

  test('end without an error when the reader gives up', async () => {
    const controller = new AbortController();
    const stream = new PassThrough();
    stream.write('{}\n');
    const seen: string[] = [];
    for await (const { text } of streamInput(stream).lines(controller.signal)) {
      seen.push(text);
      controller.abort();
    }
    expect(seen).toEqual(['{}']);
  });
});

describe('a file', () => {
  test('can be read twice', async () => {
    const path = join(folder.path, 'events.jsonl');
    writeFileSync(path, '{}\n');
    const input = fileInput(path);
    expect(input.repeatable).toBe(true);
    for (let time = 0; time < 2; time += 1) {
      expect(await allOf(input.lines(new AbortController().signal))).toHaveLength(1);
    }
  });

  test('that is absent or a folder is refused by name', () => {
    const path = join(folder.path, 'folder');
    mkdirSync(path);
    expect(codedErrorOf(() => fileInput(path)).message).toContain(`"${path}" is a folder`);
    const absent = codedErrorOf(() => fileInput(join(folder.path, 'absent')));
    expect(absent.code).toBe('EVENTBUS_CLI_FILE_UNREADABLE');
    expect(absent.message).toContain('does not exist');
  });
});
