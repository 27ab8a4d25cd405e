import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What a proxy does to its connections: lets everything through, is not there, takes bytes and keeps them, holds each
 * answer back, cuts the connection at every so many requests, or cuts all once and every so many of the new ones.
 */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'away' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'cutting'; readonly everyRequests: number }
  | { readonly kind: 'refusing'; readonly everyConnections: number };

/** Both ends of a connection, and the answers that are held back, in their order. */
interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly held: Buffer[];
}

/** A TCP proxy in front of a part, whose faults are switched on and off while it runs. */
export class FaultyProxy {
  readonly #server: Server;
  #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  #fault: Fault = { kind: 'none' };
  #requests = 0;
  #connections = 0;
  /** Connections that the current fault ended. */
  cut = 0;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections from now on go there: a part that has to know the proxy's port can be started after it. */
  forwardTo(target: { readonly host: string; readonly port: number }): void {
    this.#target = target;
  }

  set fault(fault: Fault) {
    this.#fault = fault;
    this.#requests = 0;
    this.#connections = 0;
    if (fault.kind === 'away' || fault.kind === 'refusing') this.#cutAll();
    if (fault.kind === 'none')
      for (const { client, upstream } of this.#pairs) {
        client.resume();
        upstream.resume();
      }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#cutAll();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#refuses()) {
      this.cut += 1;
      client.destroy();
      return;
    }
    const upstream = connect(this.#target);
    const pair: Pair = { client, upstream, held: [] };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', end).on('close', end);
    client.on('data', (bytes) => this.#request(bytes, pair));
    upstream.on('data', (bytes) => this.#answer(bytes, pair));
  }

  #refuses(): boolean {
    this.#connections += 1;
    if (this.#fault.kind === 'refusing') return this.#connections % this.#fault.everyConnections === 0;
    return this.#fault.kind === 'away';
  }

  #request(bytes: Buffer, { client, upstream }: Pair): void {
    this.#requests += 1;
    const fault = this.#fault;
    if (fault.kind === 'cutting' && this.#requests % fault.everyRequests === 0) {
      this.cut += 1;
      client.destroy();
      upstream.destroy();
      return;
    }
    if (!upstream.write(bytes)) {
      client.pause();
      upstream.once('drain', () => client.resume());
    }
    if (fault.kind === 'silent') upstream.pause();
  }

  #answer(bytes: Buffer, { client, upstream, held }: Pair): void {
    const fault = this.#fault;
    // What comes after the fault waits for what it holds back: a connection keeps the order of its bytes.
    if (fault.kind === 'slow' || held.length > 0) {
      held.push(bytes);
      const next = () => client.destroyed || client.write(held.shift() ?? Buffer.alloc(0));
      setTimeout(next, fault.kind === 'slow' ? fault.delayMs : 0);
      return;
    }
    if (!client.write(bytes)) {
      upstream.pause();
      client.once('drain', () => upstream.resume());
    }
  }

  #cutAll(): void {
    for (const { client, upstream } of this.#pairs) {
      this.cut += 1;
      client.destroy();
      upstream.destroy();
    }
  }
}
