import { connect, type Socket } from 'node:net';
import { Frames } from '../../src/local/kafka/network/frames.ts';
import { type Api, clientCodec } from '../../src/local/kafka/protocol/message.ts';

/** A Kafka connection that sends exactly what a test wants, in the version it wants. */
export interface WireClient {
  readonly socket: Socket;
  call<Request, Response>(api: Api<Request, Response>, request: Partial<Request>, version?: number): Promise<Response>;
  /** Sends a frame as it is; settles with the body of the next unclaimed response. */
  send(frame: Buffer): Promise<Buffer>;
  /** Settles when the connection is closed by either side. */
  readonly closed: Promise<void>;
  close(): void;
}

interface Expected {
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** Connects to `port` on loopback. */
export async function wireClient(port: number, clientId = 'wire-client'): Promise<WireClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const frames = new Frames();
  const expected: Expected[] = [];
  const closed = Promise.withResolvers<void>();
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    frames.add(chunk);
    for (let length = frames.nextLength(); length !== undefined; length = frames.nextLength()) {
      const body = frames.next(length);
      if (body === undefined) return;
      expected.shift()?.resolve(body);
    }
  });
  socket.on('close', () => {
    closed.resolve();
    for (const { reject } of expected.splice(0)) reject(new Error('the connection closed before the response'));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let correlationId = 0;
  const receive = () =>
    new Promise<Buffer>((resolve, reject) => {
      expected.push({ resolve, reject });
    });
  return {
    socket,
    closed: closed.promise,
    async call(api, request, version = api.maxVersion) {
      const codec = clientCodec(api, version);
      correlationId += 1;
      const id = correlationId;
      const whole = { ...api.request.initial, ...request };
      for (const piece of codec.writeRequest(id, clientId, whole)) socket.write(piece);
      const body = await receive();
      if (body.readInt32BE(0) !== id) throw new Error(`response ${body.readInt32BE(0)} to request ${id}`);
      return codec.readResponse(body);
    },
    send(frame) {
      socket.write(frame);
      return receive();
    },
    close: () => socket.destroy(),
  };
}
