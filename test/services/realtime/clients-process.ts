// Many clients in a process of their own. Each follows the photos of its user, resumes from its newest position wherever
// it is let in again, and counts what is missing and what comes twice.
import { io, type Socket } from 'socket.io-client';

export interface ClientsTask {
  /** Gateways; each client tries the next one when its own is gone. */
  readonly urls: readonly string[];
  /** Tokens by user. */
  readonly tokens: readonly string[];
  readonly clientsPerUser: number;
}

export interface ClientsReport {
  readonly connected: number;
  readonly received: number;
  readonly gaps: number;
  readonly duplicates: number;
  readonly connects: number;
  /** Positions that were refused. */
  readonly refused: number;
  /** Smallest newest number of a client. */
  readonly slowest: number;
  /** From publishing to receiving, ms, since the last reset; sorted. */
  readonly latencies: readonly number[];
}

class Follower {
  readonly #task: ClientsTask;
  readonly #token: string;
  #socket: Socket | undefined;
  #url: number;
  #position: string | undefined;
  readonly #newest = new Map<string, number>();
  newest = -1;
  connected = false;

  constructor(task: ClientsTask, token: string, first: number) {
    this.#task = task;
    this.#token = token;
    this.#url = first;
    this.#connect();
  }

  #connect(): void {
    const { urls } = this.#task;
    const socket = io(urls[this.#url % urls.length] ?? '', {
      auth: (answer) => answer({ token: this.#token, after: this.#position }),
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    this.#socket = socket;
    const again = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.connected = false;
      socket.removeAllListeners();
      socket.disconnect();
      this.#url += 1;
      setTimeout(() => this.#connect(), 50 + Math.random() * 450);
    };
    socket.on('connect_error', again);
    socket.on('disconnect', again);
    socket.on('session:ready', ({ position, resume }: Welcome) => {
      this.#position ??= position;
      this.connected = true;
      totals.connects += 1;
      if (resume?.ok === false) totals.refused += 1;
    });
    socket.on('session:position', ({ position }: Welcome) => {
      this.#position = position;
    });
    socket.on('photo:uploaded', (data: Step, meta: Meta) => this.#receive(data, meta));
  }

  #receive({ photoId, sizeBytes }: Step, { position, time }: Meta): void {
    this.#position = position;
    totals.received += 1;
    totals.latencies.push(Date.now() - Date.parse(time));
    const before = this.#newest.get(photoId) ?? -1;
    if (sizeBytes <= before) totals.duplicates += 1;
    else {
      totals.gaps += sizeBytes - before - 1;
      this.#newest.set(photoId, sizeBytes);
      this.newest = Math.max(this.newest, sizeBytes);
    }
  }
}

interface Welcome {
  readonly position: string;
  readonly resume?: { readonly ok: boolean };
}
interface Step {
  readonly photoId: string;
  readonly sizeBytes: number;
}
interface Meta {
  readonly position: string;
  readonly time: string;
}

const totals = { received: 0, gaps: 0, duplicates: 0, connects: 0, refused: 0, latencies: [] as number[] };
const task = JSON.parse(process.argv[2] ?? '{}') as ClientsTask;
const followers = task.tokens.flatMap((token, user) =>
  Array.from({ length: task.clientsPerUser }, (_, device) => new Follower(task, token, user + device)),
);

process.on('message', (message) => {
  if (message === 'reset') totals.latencies = [];
  else process.send?.(report());
});
process.on('disconnect', () => process.exit());

function report(): ClientsReport {
  return {
    ...totals,
    connected: followers.filter(({ connected }) => connected).length,
    slowest: Math.min(...followers.map(({ newest }) => newest)),
    latencies: totals.latencies.toSorted((one, other) => one - other),
  };
}
