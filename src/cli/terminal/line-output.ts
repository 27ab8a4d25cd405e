import { once } from 'node:events';

/** Lines to a pipe, a file or a terminal. */
export interface LineOutput {
  /** True once the reader has gone, as with `| head`: then there is nobody to write for. */
  readonly closed: boolean;
  /** Waits while the reader is slower than the writer. */
  write(lines: readonly string[]): Promise<void>;
}

/** Takes a closed pipe as the reader's wish to end, not as an error. */
export function makeLineOutput(stream: NodeJS.WriteStream): LineOutput {
  let closed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
  });
  return {
    get closed() {
      return closed;
    },
    async write(lines) {
      if (closed || lines.length === 0) return;
      if (stream.write(`${lines.join('\n')}\n`)) return;
      // Rejects when the stream fails, which the listener above has judged.
      await once(stream, 'drain').catch(() => undefined);
    },
  };
}
