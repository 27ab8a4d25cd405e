import type { Socket } from 'node:net';
import { AppError } from '../../../core/errors/app-error.ts';
import { servedApi } from '../apis/registry.ts';
import type { Answer } from '../apis/serve.ts';
import { unsupportedApi } from '../apis/unsupported.ts';
import type { BrokerParts } from '../context.ts';
import { wireError } from '../protocol/error-codes.ts';
import { type RequestHeader, readHeader } from '../protocol/message.ts';
import { Reader } from '../protocol/reader.ts';
import { Frames } from './frames.ts';

const minFrameBytes = 8;
/** Requests of one connection that may wait for their answers; more stay in the socket. */
const maxWaiting = 64;
/** Answers that the client has not taken yet; with more than this no further request is read. */
const maxUnsentBytes = 1024 * 1024;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A request whose answer is not sent yet. Answers leave in the order of the requests. */
interface Waiting {
  answer: Answer;
  ready: boolean;
}

/** One client. Requests run as they arrive, answers leave in order; a client that does not read is not read from. */
export class Connection {
  private readonly socket: Socket;
  private readonly broker: BrokerParts;
  private readonly advertised: Address | undefined;
  private readonly frames = new Frames();
  private readonly waiting: Waiting[] = [];
  private readonly closing = new AbortController();
  private paused = false;
  private sending = false;
  private reached: Address | undefined;
  readonly client: string;

  constructor(socket: Socket, broker: BrokerParts, advertised: Address | undefined) {
    this.socket = socket;
    this.broker = broker;
    this.advertised = advertised;
    this.client = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    socket.setNoDelay(true);
    socket.setTimeout(broker.settings.idleConnectionMs, () => {
      if (this.waiting.length === 0) socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => {
      this.frames.add(chunk);
      this.takeRequests();
    });
    socket.on('drain', () => this.takeRequests());
    // A reset by the client is its way to leave; "close" follows.
    socket.on('error', () => {});
    socket.on('close', () => this.closing.abort());
  }

  private get blocked(): boolean {
    return this.waiting.length >= maxWaiting || this.socket.writableLength > maxUnsentBytes;
  }

  private takeRequests(): void {
    try {
      while (!this.blocked && !this.socket.destroyed) {
        const frame = this.nextFrame();
        if (frame === undefined) break;
        this.take(frame);
      }
    } catch (error) {
      this.closeBecause(error);
      return;
    }
    this.steer();
  }

  /** Stops or resumes reading, so that waiting work has a bound. */
  private steer(): void {
    if (this.blocked === this.paused) return;
    this.paused = this.blocked;
    if (this.paused) this.socket.pause();
    else this.socket.resume();
  }

  private nextFrame(): Buffer | undefined {
    const length = this.frames.nextLength();
    if (length === undefined) return undefined;
    const { maxRequestBytes, maxControlRequestBytes } = this.broker.settings;
    if (length < minFrameBytes) {
      throw new AppError('EVENTBUS_BROKER_FRAME_MALFORMED', `a frame of ${length} bytes is announced`);
    }
    if (length > maxControlRequestBytes) {
      const key = this.frames.peek(2)?.readInt16BE(0);
      if (key === undefined) return undefined;
      const allowed = servedApi(key)?.carriesRecords === true ? maxRequestBytes : maxControlRequestBytes;
      if (length > allowed) {
        const what = `${length} bytes are announced for API ${key}, ${allowed} are allowed`;
        throw new AppError('EVENTBUS_BROKER_FRAME_TOO_LARGE', what);
      }
    }
    return this.frames.next(length);
  }

  private take(frame: Buffer): void {
    const reader = new Reader(frame);
    const header = readHeader(reader);
    const answer = this.answer(header, reader);
    if (answer === undefined) return;
    if (!(answer instanceof Promise)) {
      this.waiting.push({ answer, ready: true });
      this.sendReady();
      return;
    }
    const waiting: Waiting = { answer: undefined, ready: false };
    this.waiting.push(waiting);
    answer.then(
      (late) => {
        waiting.answer = late;
        waiting.ready = true;
        this.sendSoon();
      },
      (error: unknown) => {
        waiting.answer = this.failed(header, error);
        waiting.ready = true;
        this.sendSoon();
      },
    );
  }

  private answer(header: RequestHeader, reader: Reader): Answer | Promise<Answer> {
    const api = servedApi(header.apiKey);
    if (api === undefined) return unsupportedApi(header);
    if (header.apiVersion < api.minVersion || header.apiVersion > api.maxVersion) {
      return api.failure(header, wireError.unsupportedVersion);
    }
    try {
      return api.answer(header, reader, {
        broker: this.broker,
        version: header.apiVersion,
        clientId: header.clientId ?? '',
        clientHost: `/${this.socket.remoteAddress ?? ''}`,
        reachedAt: this.advertised ?? this.reachedAt(),
        closed: this.closing.signal,
      });
    } catch (error) {
      if (error instanceof AppError && error.code === 'EVENTBUS_BROKER_FRAME_MALFORMED') throw error;
      return this.failed(header, error);
    }
  }

  /** The address by which this client found the broker is one it can use again. */
  private reachedAt(): Address {
    if (this.reached !== undefined) return this.reached;
    const host = (this.socket.localAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    this.reached = { host, port: this.socket.localPort ?? 0 };
    return this.reached;
  }

  private failed(header: RequestHeader, error: unknown): Answer {
    const api = servedApi(header.apiKey);
    const message = error instanceof Error ? error.message : String(error);
    const details = { api: api?.name ?? header.apiKey, version: header.apiVersion, client: this.client };
    this.broker.log({ level: 'error', code: 'EVENTBUS_BROKER_REQUEST_FAILED', message, details });
    return api?.failure(header, wireError.unknownServerError);
  }

  /** The answers of one group commit become ready together and leave in one write. */
  private sendSoon(): void {
    if (this.sending) return;
    this.sending = true;
    process.nextTick(() => {
      this.sending = false;
      this.sendReady();
      this.takeRequests();
    });
  }

  private sendReady(): void {
    if (this.socket.destroyed || !this.waiting[0]?.ready) return;
    this.socket.cork();
    while (this.waiting[0]?.ready) {
      for (const piece of this.waiting.shift()?.answer ?? []) this.socket.write(piece);
    }
    this.socket.uncork();
  }

  private closeBecause(error: unknown): void {
    const code = error instanceof AppError ? error.code : 'EVENTBUS_BROKER_REQUEST_FAILED';
    const message = error instanceof Error ? error.message : String(error);
    this.broker.log({ level: 'warn', code, message, details: { client: this.client } });
    this.socket.destroy();
  }

  close(): void {
    this.socket.destroy();
  }
}
