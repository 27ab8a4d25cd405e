import type { Socket } from 'node:net';

export interface GuardOptions {
  /** True while the socket is read even when the gate is closed: a client that has yet to say who it is. */
  readonly isExempt: () => boolean;
  /** Sees every chunk before the parser, and returns false to withhold it. */
  readonly inspect: (chunk: Buffer) => boolean;
}

/**
 * Puts a gate between sockets and the MQTT parser. While it is closed no byte is read, so the kernel's buffers fill and
 * TCP slows the devices down; memory stays bounded however long the log is away.
 */
export class ReadGate {
  readonly #waiting = new Set<Socket>();
  #open = true;

  get isOpen(): boolean {
    return this.#open;
  }

  guard(socket: Socket, { isExempt, inspect }: GuardOptions): void {
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => {
      if (size === 0) return read(0);
      if (!this.#open && !isExempt()) {
        this.#waiting.add(socket);
        return null;
      }
      const chunk: Buffer | null = read(size);
      return chunk !== null && inspect(chunk) ? chunk : null;
    };
    socket.once('close', () => this.#waiting.delete(socket));
  }

  close(): void {
    this.#open = false;
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    const sockets = [...this.#waiting];
    this.#waiting.clear();
    for (const socket of sockets) socket.emit('readable');
  }
}
