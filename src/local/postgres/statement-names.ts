import { cString, frontend, message } from './wire.ts';

const deallocateAll = /^\s*(deallocate\s+(prepare\s+)?all|discard\s+all)\s*;?\s*$/i;
const deallocateOne = /^\s*deallocate\s+(?:prepare\s+)?("(?:[^"]|"")+"|[a-z_]\w*)\s*;?\s*$/i;

/** A frontend message as it goes to the engine. */
export interface Rewritten {
  readonly parts: readonly Buffer[];
  /** The message relies on the connection's unnamed statement, which another connection may have replaced. */
  readonly needsUnnamed: boolean;
}

/**
 * The engine has one name space of prepared statements, PostgreSQL has one for each connection. Every name a client
 * chooses is replaced by one that no other connection has, and the last unnamed statement is kept for replay.
 */
export class StatementNames {
  readonly #connection: number;
  readonly #aliases = new Map<string, string>();
  #counter = 0;
  /** The Parse message of the unnamed statement; null before the first. */
  unnamedParse: Buffer | null = null;

  constructor(connection: number) {
    this.#connection = connection;
  }

  rewrite(bytes: Buffer): Rewritten {
    switch (bytes[0] as number) {
      case frontend.parse:
        return { parts: this.#parse(bytes), needsUnnamed: false };
      case frontend.bind: {
        const portal = cString(bytes, 5);
        return this.#named(bytes, portal.end);
      }
      case frontend.describe:
        return bytes[5] === 0x53 ? this.#named(bytes, 6) : { parts: [bytes], needsUnnamed: false };
      case frontend.close:
        return { parts: bytes[5] === 0x53 ? this.#close(bytes) : [bytes], needsUnnamed: false };
      case frontend.query:
        return { parts: this.#query(bytes), needsUnnamed: false };
      default:
        return { parts: [bytes], needsUnnamed: false };
    }
  }

  /** Close messages for everything this connection prepared. */
  closeAll(): readonly Buffer[] {
    const closes = [...this.#aliases.values()].map((alias) => message('C', Buffer.from('S'), alias));
    this.#aliases.clear();
    return closes;
  }

  #parse(bytes: Buffer): readonly Buffer[] {
    const name = cString(bytes, 5);
    if (name.text === '') {
      this.unnamedParse = bytes;
      return [bytes];
    }
    return replaceName(bytes, 5, this.#aliases.get(name.text) ?? this.#newAlias(name.text));
  }

  #named(bytes: Buffer, at: number): Rewritten {
    const name = cString(bytes, at);
    if (name.text === '') return { parts: [bytes], needsUnnamed: true };
    return { parts: replaceName(bytes, at, this.#aliases.get(name.text) ?? this.#unknown()), needsUnnamed: false };
  }

  #close(bytes: Buffer): readonly Buffer[] {
    const name = cString(bytes, 6);
    if (name.text === '') {
      this.unnamedParse = null;
      return [bytes];
    }
    const alias = this.#aliases.get(name.text) ?? this.#unknown();
    this.#aliases.delete(name.text);
    return replaceName(bytes, 6, alias);
  }

  /** `deallocate` of one or all names must reach this connection's statements and nobody else's. */
  #query(bytes: Buffer): readonly Buffer[] {
    if (bytes.length > 200) return [bytes];
    const { text } = cString(bytes, 5);
    if (deallocateAll.test(text)) {
      const names = [...this.#aliases.values()];
      this.#aliases.clear();
      const commands = names.map((name) => `deallocate ${name}`);
      return [message('Q', commands.length === 0 ? 'reset application_name' : commands.join(';'))];
    }
    const found = deallocateOne.exec(text)?.[1];
    if (found === undefined) return [bytes];
    const name = found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found.toLowerCase();
    const alias = this.#aliases.get(name);
    if (alias === undefined) return [bytes];
    this.#aliases.delete(name);
    return [message('Q', `deallocate ${alias}`)];
  }

  #newAlias(name: string): string {
    this.#counter += 1;
    const alias = `c${this.#connection}_${this.#counter}`;
    this.#aliases.set(name, alias);
    return alias;
  }

  /** A name that nobody has, so that the engine answers as PostgreSQL does for an unknown statement. */
  #unknown(): string {
    return `c${this.#connection}_0`;
  }
}

function replaceName(bytes: Buffer, at: number, name: string): readonly Buffer[] {
  const { end } = cString(bytes, at);
  const replacement = Buffer.from(`${name}\0`);
  const head = Buffer.from(bytes.subarray(0, at));
  head.writeInt32BE(bytes.length - 1 + replacement.length - (end - at), 1);
  return [head, replacement, bytes.subarray(end)];
}
