import { AppError } from '../../core/errors/app-error.ts';

/** Pieces of PostgreSQL's frontend/backend protocol 3.0 that the front door reads or writes itself. */

export const startupCodes = { ssl: 80877103, gss: 80877104, cancel: 80877102 } as const;

/** A larger message is refused: nothing the bus sends comes near, and the engine holds each message twice. */
export const maxMessageBytes = 64 * 1024 * 1024;

/** Type bytes of frontend messages. */
export const frontend = {
  bind: 0x42, // B
  close: 0x43, // C
  describe: 0x44, // D
  execute: 0x45, // E
  functionCall: 0x46, // F
  flush: 0x48, // H
  parse: 0x50, // P
  query: 0x51, // Q
  sync: 0x53, // S
  terminate: 0x58, // X
  copyData: 0x64, // d
  copyDone: 0x63, // c
  copyFail: 0x66, // f
} as const;

const known = new Set<number>(Object.values(frontend));

export function isFrontendMessage(type: number): boolean {
  return known.has(type);
}

/** One message: type byte, length, body. */
export function message(type: string, ...body: readonly (Buffer | string)[]): Buffer {
  const parts = body.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part));
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, ...parts]);
}

function field(tag: string, value: string): Buffer {
  return Buffer.from(`${tag}${value}\0`);
}

/** An ErrorResponse that a client shows like any other of PostgreSQL's. */
export function errorResponse(severity: 'ERROR' | 'FATAL', state: string, text: string): Buffer {
  return message(
    'E',
    field('S', severity),
    field('V', severity),
    field('C', state),
    field('M', text),
    Buffer.from([0]),
  );
}

export function readyForQuery(status: 'I' | 'T' | 'E'): Buffer {
  return message('Z', Buffer.from(status, 'latin1'));
}

/** Zero-terminated text at `start` and the index behind its zero. */
export function cString(bytes: Buffer, start: number): { readonly text: string; readonly end: number } {
  const zero = bytes.indexOf(0, start);
  if (zero < 0) throw new AppError('EVENTBUS_POSTGRES_PROTOCOL', 'a text in a client message has no end');
  return { text: bytes.toString('utf8', start, zero), end: zero + 1 };
}

/** Transaction status of the last message when it is ReadyForQuery; null when the engine waits for more. */
export function statusAtEnd(tail: Buffer): 'I' | 'T' | 'E' | null {
  const at = tail.length - 6;
  if (at < 0 || tail[at] !== 0x5a || tail.readInt32BE(at + 1) !== 5) return null;
  const status = String.fromCharCode(tail[at + 5] as number);
  return status === 'I' || status === 'T' || status === 'E' ? status : null;
}

/** Cuts a stream of bytes into messages without copying a message more than once. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #held = 0;
  #wanted = 1;
  #started = false;

  /** The next messages carry a type byte; call it after the start-up packet was accepted. */
  start(): void {
    this.#started = true;
    this.#wanted = 1;
  }

  /** Adds bytes and returns every message that is complete; start-up packets come one at a time. */
  *read(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= this.#wanted) {
      const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      this.#chunks = [bytes];
      const head = this.#started ? 1 : 0;
      if (bytes.length < head + 4) {
        this.#wanted = head + 4;
        return;
      }
      const length = bytes.readInt32BE(head) + head;
      if (length < head + 4 || length > maxMessageBytes) {
        throw new AppError('EVENTBUS_POSTGRES_PROTOCOL', `a client message claims ${length} bytes`);
      }
      this.#wanted = length;
      if (bytes.length < length) return;
      this.#chunks = bytes.length === length ? [] : [bytes.subarray(length)];
      this.#held = bytes.length - length;
      this.#wanted = 1;
      yield bytes.subarray(0, length);
    }
  }
}
