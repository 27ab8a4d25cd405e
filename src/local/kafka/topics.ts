import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { CommitQueue } from './log/commit-queue.ts';
import { PartitionLog } from './log/partition-log.ts';
import type { Store } from './log/store.ts';
import { TailCache } from './log/tail-cache.ts';
import type { BrokerSettings } from './settings.ts';
import { type ChosenConfig, policyOf, type TopicPolicy } from './topic-config.ts';

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly uuid: string;
  readonly config: ChosenConfig;
  readonly policy: TopicPolicy;
  readonly partitions: readonly PartitionLog[];
}

const legalName = /^[a-zA-Z0-9._-]{1,249}$/;

/** Why a topic cannot have this name; undefined when it can. */
export function topicNameFault(name: string): string | undefined {
  if (name !== '.' && name !== '..' && legalName.test(name)) return undefined;
  return `"${name.slice(0, 260)}" is no topic name: 1 to 249 letters, digits, ".", "_" and "-", and not "." or ".."`;
}

/** All topics, in memory and in the store. */
export class Topics {
  private readonly byName = new Map<string, Topic>();
  private readonly byUuid = new Map<string, Topic>();
  private readonly store: Store;
  private readonly db: DatabaseSync;
  private readonly queue: CommitQueue;
  private readonly settings: BrokerSettings;
  private readonly tails: TailCache;

  constructor(store: Store, queue: CommitQueue, settings: BrokerSettings) {
    this.store = store;
    this.queue = queue;
    this.db = store.db;
    this.settings = settings;
    this.tails = new TailCache(settings.tailCacheBytes);
    for (const row of this.db.prepare('SELECT id, name, uuid, config FROM topic').all()) {
      const id = row['id'] as number;
      const logs = this.db.prepare('SELECT log FROM partition WHERE topic = ? ORDER BY number').all(id);
      this.keep({
        id,
        name: row['name'] as string,
        uuid: row['uuid'] as string,
        config: JSON.parse(row['config'] as string) as ChosenConfig,
        logs: logs.map((log) => this.openLog(log['log'] as number)),
      });
    }
  }

  all(): readonly Topic[] {
    return [...this.byName.values()];
  }

  named(name: string): Topic | undefined {
    return this.byName.get(name);
  }

  withUuid(uuid: string): Topic | undefined {
    return this.byUuid.get(uuid);
  }

  partition(name: string, number: number): PartitionLog | undefined {
    return this.byName.get(name)?.partitions[number];
  }

  get partitionCount(): number {
    let count = 0;
    for (const topic of this.byName.values()) count += topic.partitions.length;
    return count;
  }

  create(name: string, partitions: number, config: ChosenConfig): Topic {
    const uuid = randomUUID();
    const { id, logs } = this.queue.now(() => {
      const inserted = this.db
        .prepare('INSERT INTO topic (name, uuid, created_ms, config) VALUES (?, ?, ?, ?)')
        .run(name, uuid, Date.now(), JSON.stringify(config));
      const id = Number(inserted.lastInsertRowid);
      return { id, logs: this.insertPartitions(id, 0, partitions) };
    });
    return this.keep({ id, name, uuid, config, logs: logs.map((log) => this.openLog(log)) });
  }

  grow(topic: Topic, partitions: number): Topic {
    const first = topic.partitions.length;
    const added = this.queue.now(() => this.insertPartitions(topic.id, first, partitions));
    const logs = [...topic.partitions, ...added.map((log) => this.openLog(log))];
    return this.keep({ ...topic, logs });
  }

  configure(topic: Topic, config: ChosenConfig): Topic {
    this.queue.now(() => {
      this.db.prepare('UPDATE topic SET config = ? WHERE id = ?').run(JSON.stringify(config), topic.id);
    });
    return this.keep({ ...topic, config, logs: topic.partitions });
  }

  /** The name is free at once; the batches are removed in the background. */
  delete(topic: Topic): void {
    this.queue.now(() => {
      const run = (sql: string) => this.db.prepare(sql).run(topic.id);
      run('INSERT INTO dropped_log SELECT log FROM partition WHERE topic = ?');
      run('DELETE FROM producer WHERE log IN (SELECT log FROM partition WHERE topic = ?)');
      run('DELETE FROM partition WHERE topic = ?');
      run('DELETE FROM group_offset WHERE topic = ?');
      run('DELETE FROM topic WHERE id = ?');
    });
    this.byName.delete(topic.name);
    this.byUuid.delete(topic.uuid);
    for (const log of topic.partitions) {
      this.tails.drop(log.log);
      log.wake();
    }
  }

  private openLog(log: number): PartitionLog {
    return new PartitionLog(this.store, log, this.tails);
  }

  private insertPartitions(topic: number, from: number, to: number): readonly number[] {
    const insert = this.db.prepare('INSERT INTO partition (topic, number) VALUES (?, ?)');
    const logs: number[] = [];
    for (let number = from; number < to; number++) logs.push(Number(insert.run(topic, number).lastInsertRowid));
    return logs;
  }

  private keep(row: Omit<Topic, 'policy' | 'partitions'> & { readonly logs: readonly PartitionLog[] }): Topic {
    const { id, name, uuid, config, logs } = row;
    const topic = { id, name, uuid, config, policy: policyOf(config, this.settings), partitions: logs };
    this.byName.set(name, topic);
    this.byUuid.set(uuid, topic);
    return topic;
  }
}
