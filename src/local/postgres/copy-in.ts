import { cString, frontend, maxMessageBytes, message } from './wire.ts';

const anywhere = /\bcopy\b[^;]*\b(?:from\s+stdin|(?:from|to)\s+program)\b/i;
const alone = /^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*copy\b[^;]*\bfrom\s+stdin\b[^;]*;?\s*$/i;

/** What a Query or Parse message asks for; `refused` is a form of COPY that the engine would not survive. */
export type CopyKind = 'none' | 'copy-in' | 'refused';

export function copyKind(bytes: Buffer): CopyKind {
  if (bytes[0] === frontend.parse) {
    const name = cString(bytes, 5);
    return anywhere.test(cString(bytes, name.end).text) ? 'refused' : 'none';
  }
  if (bytes[0] !== frontend.query) return 'none';
  const { text } = cString(bytes, 5);
  if (!anywhere.test(text)) return 'none';
  return alone.test(text) ? 'copy-in' : 'refused';
}

/** CopyInResponse: text format, columns unknown. */
export const copyInResponse = message('G', Buffer.from([0, 0, 0]));

const refusalSql = `do $$ begin raise exception using errcode = '0A000', message =
  'the embedded PostgreSQL takes COPY FROM STDIN only as a single simple statement, and COPY PROGRAM not at all'; end $$`;

/** What is run instead of a refused Query or Parse message: it fails in its turn, like any other statement. */
export function refusal(bytes: Buffer): Buffer {
  if (bytes[0] === frontend.query) return message('Q', refusalSql);
  return message('P', cString(bytes, 5).text, refusalSql, Buffer.alloc(2));
}

/**
 * Gathers what a client copies in. The engine reads its input to the end within one call, so the data must be there
 * before the statement starts.
 */
export class CopyIn {
  readonly #parts: Buffer[];
  #bytes = 0;

  constructor(query: Buffer) {
    this.#parts = [query];
  }

  /** True when the message ended the copy; the parts are complete then. */
  take(bytes: Buffer): boolean {
    this.#bytes += bytes.length;
    this.#parts.push(this.#bytes > maxMessageBytes ? message('f', 'more than 64 MB in one COPY') : bytes);
    return bytes[0] === frontend.copyDone || bytes[0] === frontend.copyFail || this.#bytes > maxMessageBytes;
  }

  get parts(): readonly Buffer[] {
    return this.#parts;
  }
}

/** Bytes that the engine's own CopyInResponse takes at the start of an answer; the client had one already. */
export function leadingCopyInResponse(answer: Buffer): number {
  return answer[0] === 0x47 && answer.length >= 5 ? answer.readInt32BE(1) + 1 : 0;
}
