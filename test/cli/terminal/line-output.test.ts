import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { makeLineOutput } from '../../../src/cli/terminal/line-output.ts';

const asOutput = (stream: Writable) => makeLineOutput(stream as NodeJS.WriteStream);

describe('line output', () => {
  test('waits for a slow reader, for as many lines as there are, and gathers no listeners', async () => {
    const stream = new PassThrough({ highWaterMark: 8 });
    const output = asOutput(stream);
    let text = '';
    const writing = (async () => {
      for (let line = 0; line < 50; line += 1) await output.write([`line ${line}`, 'and another']);
      stream.end();
    })();
    for await (const chunk of stream) text += String(chunk);
    await writing;
    expect(text.split('\n')).toHaveLength(101);
    expect(stream.listenerCount('error')).toBeLessThan(5);
  });

  test('is closed, not broken, when the reader goes away, also while it waits', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const stream = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void setImmediate(done, gone),
    });
    const output = asOutput(stream);
    await output.write(['a line']);
    expect(output.closed).toBe(true);
    await output.write(['another']);
  });

  test('does not hide other failures of the stream', async () => {
    const stream = new PassThrough();
    asOutput(stream);
    await expect(
      (async () => {
        stream.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }));
        await once(stream, 'close');
      })(),
    ).rejects.toThrow('disk full');
  });
});
