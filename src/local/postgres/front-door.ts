import { randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { AppError } from '../../core/errors/app-error.ts';
import { CopyIn, copyInResponse, copyKind, leadingCopyInResponse, refusal } from './copy-in.ts';
import { StatementNames } from './statement-names.ts';
import { Turns } from './turns.ts';
import {
  errorResponse,
  frontend,
  isFrontendMessage,
  MessageReader,
  message,
  readyForQuery,
  startupCodes,
} from './wire.ts';

export interface FrontDoorOptions {
  readonly turns: Turns;
  /** ParameterStatus messages that every client gets at its start. */
  readonly parameters: Buffer;
  readonly maxConnections: number;
  readonly log: (message: string) => void;
}

const parseComplete = Buffer.from([0x31, 0, 0, 0, 4]);
/** Answers are gathered up to this size before they are written to the socket. */
const writeChunkBytes = 256 * 1024;
/** The engine cannot pause a statement for a slow reader: a client that lets more pile up loses its connection. */
const maxUnreadBytes = 256 * 1024 * 1024;

/** What all connections share: which of them filled the engine's unnamed statement last. */
interface Shared {
  unnamedOwner: number;
}

/** One client of the embedded PostgreSQL. */
class Connection {
  readonly id: number;
  readonly #socket: Socket;
  readonly #options: FrontDoorOptions;
  readonly #shared: Shared;
  readonly #reader = new MessageReader();
  readonly #names: StatementNames;
  #parts: Buffer[] = [];
  #copy: CopyIn | null = null;
  #parsesUnnamed = false;
  #replaysUnnamed = false;
  #started = false;
  #inFlight = 0;

  constructor(id: number, socket: Socket, context: { readonly options: FrontDoorOptions; readonly shared: Shared }) {
    this.id = id;
    this.#socket = socket;
    this.#options = context.options;
    this.#shared = context.shared;
    this.#names = new StatementNames(id);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
  }

  /** Ends the connection with an error that the client shows. */
  terminate(state: string, text: string): void {
    this.#socket.removeAllListeners('data');
    farewell(this.#socket, errorResponse('FATAL', state, text));
  }

  /** Frees what the connection left in the engine; call when its socket is closed. */
  cleanUp(): void {
    const { turns } = this.#options;
    turns.forget(this.id);
    const owns = turns.owner === this.id;
    const closes = this.#names.closeAll();
    // A foreign transaction may be open: settings are put back only when the engine is free.
    if (!owns && turns.owner !== null) {
      if (closes.length > 0) this.#enqueueSilently(Buffer.concat([...closes, message('S')]));
      return;
    }
    const rollback = owns ? [message('S'), message('Q', 'rollback')] : [];
    turns.runNow(Buffer.concat([...rollback, ...closes, message('S'), message('Q', 'reset all')]));
  }

  #enqueueSilently(bytes: Buffer): void {
    this.#options.turns.enqueue(this.id, { bytes, write: () => undefined, done: () => undefined });
  }

  #receive(chunk: Buffer): void {
    try {
      for (const bytes of this.#reader.read(chunk)) {
        if (this.#started) this.#take(bytes);
        else this.#startUp(bytes);
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#options.log(`connection ${this.id} closed: ${text}`);
      this.terminate('08P01', text);
    }
  }

  #startUp(bytes: Buffer): void {
    const code = bytes.length >= 8 ? bytes.readInt32BE(4) : 0;
    if (code === startupCodes.ssl || code === startupCodes.gss) {
      this.#socket.write('N');
      return;
    }
    // The engine runs each statement to its end before it reads on, so there is nothing to cancel.
    if (code === startupCodes.cancel) {
      this.#socket.end();
      return;
    }
    if (code >>> 16 !== 3) throw new AppError('EVENTBUS_POSTGRES_PROTOCOL', `start-up packet asks for version ${code}`);
    this.#started = true;
    this.#reader.start();
    const minor = code & 0xffff;
    const negotiate = minor === 0 ? [] : [message('v', int32(0), int32(0))];
    const authenticationOk = message('R', int32(0));
    const keyData = message('K', int32(this.id), int32(randomInt(2 ** 31)));
    this.#socket.write(
      Buffer.concat([...negotiate, authenticationOk, this.#options.parameters, keyData, readyForQuery('I')]),
    );
  }

  #take(received: Buffer): void {
    const type = received[0] as number;
    if (type === frontend.terminate) {
      this.#socket.end();
      return;
    }
    if (!isFrontendMessage(type)) {
      throw new AppError('EVENTBUS_POSTGRES_PROTOCOL', `unknown message type ${type}`);
    }
    if (this.#copy !== null) {
      this.#takeCopy(this.#copy, received);
      return;
    }
    const kind = copyKind(received);
    if (kind === 'copy-in') {
      this.#copy = new CopyIn(received);
      this.#socket.write(copyInResponse);
      return;
    }
    const bytes = kind === 'refused' ? refusal(received) : received;
    if (type === frontend.parse && bytes[5] === 0) this.#parsesUnnamed = true;
    const { parts, needsUnnamed } = this.#names.rewrite(bytes);
    if (needsUnnamed && !this.#parsesUnnamed) this.#replaysUnnamed = true;
    this.#parts.push(...parts);
    if (
      type === frontend.sync ||
      type === frontend.query ||
      type === frontend.flush ||
      type === frontend.functionCall
    ) {
      this.#send();
    }
  }

  #takeCopy(copy: CopyIn, bytes: Buffer): void {
    // Clients may send Sync and Flush while they copy; PostgreSQL ignores both.
    if (bytes[0] === frontend.sync || bytes[0] === frontend.flush || !copy.take(bytes)) return;
    this.#copy = null;
    this.#parts.push(...copy.parts);
    this.#send(true);
  }

  #send(copied = false): void {
    const unit = {
      bytes: Buffer.concat(this.#parts),
      usesUnnamed: this.#parsesUnnamed || this.#replaysUnnamed,
      replays: this.#replaysUnnamed,
    };
    const parse = this.#names.unnamedParse;
    this.#parts = [];
    this.#parsesUnnamed = false;
    this.#replaysUnnamed = false;
    const out: Buffer[] = [];
    let held = 0;
    let strip = 0;
    let first = true;
    const flush = () => {
      if (held > 0 && this.#socket.writable) this.#socket.write(Buffer.concat(out));
      if (this.#socket.writableLength > maxUnreadBytes) {
        this.#options.log(`connection ${this.id} closed: ${this.#socket.writableLength} bytes of an answer unread`);
        this.#socket.destroy();
      }
      out.length = 0;
      held = 0;
    };
    const id = this.id;
    const shared = this.#shared;
    this.#inFlight += 1;
    if (this.#inFlight > 64) this.#socket.pause();
    this.#options.turns.enqueue(id, {
      // Read when the turn comes: only then it is known who filled the unnamed statement last.
      get bytes() {
        if (!unit.usesUnnamed) return unit.bytes;
        const replay = unit.replays && shared.unnamedOwner !== id && parse !== null;
        shared.unnamedOwner = id;
        if (!replay) return unit.bytes;
        strip = parseComplete.length;
        return Buffer.concat([parse, unit.bytes]);
      },
      write: (answer) => {
        if (first && copied) strip = leadingCopyInResponse(answer);
        first = false;
        const cut = Math.min(strip, answer.length);
        strip -= cut;
        out.push(cut === 0 ? answer : answer.subarray(cut));
        held += answer.length - cut;
        if (held >= writeChunkBytes) flush();
      },
      done: (error) => {
        flush();
        this.#inFlight -= 1;
        if (this.#socket.isPaused() && this.#inFlight <= 32) this.#socket.resume();
        if (error !== null) this.terminate('XX000', `the engine failed: ${error.message}`);
      },
    });
  }
}

/** How long a client may take to read why it is sent away, ms. */
const farewellMs = 200;

/** Sends last bytes. What the client still sends is read and dropped: unread input would reset the connection first. */
function farewell(socket: Socket, bytes: Buffer): void {
  socket.resume();
  if (socket.writable) socket.end(bytes);
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(timer));
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A running listener. */
export interface FrontDoor {
  readonly server: Server;
  /** Ends the connection that holds the turn. */
  evictOwner(): void;
  close(): Promise<void>;
}

/** Accepts PostgreSQL clients and gives each of them what looks like a backend of its own. */
export function openFrontDoor(options: FrontDoorOptions): FrontDoor {
  const connections = new Map<number, Connection>();
  const shared: Shared = { unnamedOwner: 0 };
  let nextId = 1;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (connections.size >= options.maxConnections) {
      farewell(socket, errorResponse('FATAL', '53300', `more than ${options.maxConnections} connections`));
      return;
    }
    const connection = new Connection(nextId, socket, { options, shared });
    nextId += 1;
    connections.set(connection.id, connection);
    socket.on('close', () => {
      connections.delete(connection.id);
      connection.cleanUp();
    });
  });
  return {
    server,
    evictOwner: () => {
      const owner = options.turns.owner;
      if (owner === null) return;
      options.log(`connection ${owner} was idle in a transaction while others waited: closed`);
      connections.get(owner)?.terminate('25P03', 'the transaction was idle while other connections waited');
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections.values()) {
        connection.terminate('57P01', 'the embedded PostgreSQL is shutting down');
      }
      await closed;
    },
  };
}
