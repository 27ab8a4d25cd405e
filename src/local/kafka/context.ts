import type { BrokerLog } from './broker-log.ts';
import type { Coordinator } from './groups/coordinator.ts';
import type { AppendResult, AppendTarget } from './log/append.ts';
import type { CommitQueue } from './log/commit-queue.ts';
import type { Store } from './log/store.ts';
import type { BrokerSettings } from './settings.ts';
import type { Topics } from './topics.ts';

/** The parts of a running broker that answer requests. */
export interface BrokerParts {
  readonly settings: BrokerSettings;
  readonly clusterId: string;
  readonly store: Store;
  readonly queue: CommitQueue;
  readonly topics: Topics;
  readonly coordinator: Coordinator;
  readonly append: (target: AppendTarget, batch: Buffer) => AppendResult;
  readonly nextProducerId: () => number;
  readonly log: BrokerLog;
  readonly clock: () => number;
  /** Batches already reported as damaged, so that a client that retries does not fill the log. */
  readonly reportedDamage: Set<string>;
}

/** Who asks, and in which version. */
export interface RequestContext {
  readonly broker: BrokerParts;
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Where this client should connect: the advertised address, or the one it reached us by. */
  readonly reachedAt: { readonly host: string; readonly port: number };
  /** Aborts when the client's connection closes. */
  readonly closed: AbortSignal;
}

/** The one node of this cluster. */
export const nodeId = 1;
/** Leadership never moves, so its epoch never changes. */
export const leaderEpoch = 0;
