import { ConnectionPool } from '@platformatic/kafka';
import { retryDelay } from '../core/retry-delay.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { type FetchedPartition, type FetchLimits, type FetchPosition, fetchRecords } from './fetch-positions.ts';
import type { Leader } from './group-member.ts';

/** What to ask a node for next. */
export interface FetchPlan {
  readonly positions: readonly FetchPosition[];
  readonly limits: FetchLimits;
}

export interface FetchLoopOptions {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  /** Called before every fetch of a node. */
  readonly plan: (nodeId: number) => FetchPlan;
  readonly onFetched: (fetched: readonly FetchedPartition[], plan: FetchPlan) => void;
  /** A fetch failed as a whole; the loop goes on by itself. */
  readonly onFailed: (error: unknown) => void;
}

const backoff = { baseMs: 100, capMs: 2_000 };
/** Pause of a node that nothing is wanted from, unless woken. */
const idleMs = 500;

/** Keeps one long poll under way at every node that leads partitions, on connections that serve nothing else. */
export class FetchLoop {
  readonly #options: FetchLoopOptions;
  readonly #pool: ConnectionPool;
  readonly #nodes = new Map<number, Leader>();
  readonly #loops = new Map<number, Promise<void>>();
  readonly #sleepers = new Set<() => void>();
  #closed = false;

  constructor(options: FetchLoopOptions) {
    this.#options = options;
    const { bootstrapBrokers: _unused, ...client } = clientOptions(options.connection, options.clientId);
    this.#pool = new ConnectionPool(options.clientId, { ...client, connectTimeout: 2_000, requestTimeout: 10_000 });
  }

  /** Takes over the nodes that lead partitions now. */
  follow(leaders: Iterable<Leader>): void {
    this.#nodes.clear();
    for (const leader of leaders) this.#nodes.set(leader.nodeId, leader);
    for (const nodeId of this.#nodes.keys()) {
      if (this.#closed || this.#loops.has(nodeId)) continue;
      this.#loops.set(nodeId, this.#run(nodeId));
    }
    this.wake();
  }

  /** Ends pauses: something may be wanted that was not before. */
  wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.wake();
    await this.#pool.close().catch(() => {});
    await Promise.all(this.#loops.values());
  }

  async #run(nodeId: number): Promise<void> {
    for (let failures = 0; !this.#closed; ) {
      const node = this.#nodes.get(nodeId);
      if (node === undefined) break;
      const plan = this.#options.plan(nodeId);
      if (plan.positions.length === 0) {
        await this.#sleep(idleMs);
        continue;
      }
      try {
        const connection = await this.#pool.get({ host: node.host, port: node.port });
        const fetched = await fetchRecords(connection, plan.positions, plan.limits);
        failures = 0;
        this.#options.onFetched(fetched, plan);
      } catch (error) {
        if (this.#closed) break;
        failures += 1;
        this.#options.onFailed(error);
        await this.#sleep(50 + retryDelay(backoff, failures, Math.random()));
      }
    }
    this.#loops.delete(nodeId);
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }
}
