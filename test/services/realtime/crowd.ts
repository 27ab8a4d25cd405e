import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicNamed } from '../../../src/catalogue/lookup.ts';
import { realtimeTopics } from '../../../src/catalogue/realtime.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { makeAdmin } from '../../../src/kafka/admin.ts';
import { type EventPublisher, makePublisher } from '../../../src/kafka/publisher.ts';
import { topicSpecOf } from '../../../src/kafka/topic-spec.ts';
import { openLocalIssuer } from '../../../src/local/auth/local-issuer.ts';
import type { RealtimeCounters } from '../../../src/services/realtime/counters.ts';
import type { ClientsReport, ClientsTask } from './clients-process.ts';
import type { GatewayTask } from './gateway-process.ts';

export interface CrowdOptions {
  readonly bootstrapServers: string;
  /** Folder for the issuer's keys. */
  readonly auth: string;
  readonly users: number;
  readonly clientsPerUser: number;
  readonly maxPartitions: number;
}

export interface GatewayProcess {
  readonly url: string;
  readonly port: number;
  facts(): Promise<{ readonly counters: RealtimeCounters; readonly cpu: NodeJS.CpuUsage }>;
  kill(): Promise<void>;
}

/** Many clients, gateways that can be killed, and a steady stream of numbered events for each user. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #publisher: EventPublisher;
  readonly #codec = makeCodec();
  readonly #children: ChildProcess[] = [];
  readonly #numbers: number[];
  #clients: ChildProcess | undefined;
  #turn = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#numbers = Array.from({ length: options.users }, () => 0);
    const connection = { bootstrapServers: options.bootstrapServers };
    this.#publisher = makePublisher({ connection, codec: this.#codec, clientId: 'crowd' });
  }

  /** Numbers that every user has had at least. */
  get published(): number {
    return Math.min(...this.#numbers) - 1;
  }

  async createTopics(): Promise<void> {
    const { bootstrapServers, maxPartitions } = this.#options;
    const admin = makeAdmin({ connection: { bootstrapServers } });
    const specs = realtimeTopics.flatMap(({ topic }) => topicNamed(topic) ?? []);
    await admin.ensureTopics(specs.map((topic) => topicSpecOf(topic, { maxPartitions, maxRetentionMs: 86_400_000 })));
    await admin.close();
    await openLocalIssuer(this.#options.auth);
  }

  async gateway(port = 0): Promise<GatewayProcess> {
    const { bootstrapServers, auth } = this.#options;
    const task: GatewayTask = { bootstrapServers, auth, port };
    const child = this.#fork('gateway-process.ts', task);
    const [{ url }] = (await once(child, 'message')) as [{ readonly url: string }];
    return {
      url,
      port: Number(new URL(url).port),
      facts: () => ask(child, 'facts'),
      kill: async () => {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  /** Starts the clients and waits until all are connected. */
  async connect(urls: readonly string[]): Promise<void> {
    const { users, clientsPerUser, auth } = this.#options;
    const issuer = await openLocalIssuer(auth);
    const tokens = await Promise.all(
      Array.from({ length: users }, (_, user) =>
        issuer.issue({ user: `user-${user}`, roles: [], lifetimeMs: 3_600_000 }),
      ),
    );
    const task: ClientsTask = { urls, tokens, clientsPerUser };
    this.#clients = this.#fork('clients-process.ts', task);
    await this.until(({ connected }) => connected === users * clientsPerUser);
  }

  report(): Promise<ClientsReport> {
    if (this.#clients === undefined) throw new Error('connect first');
    return ask(this.#clients, 'report');
  }

  forgetLatencies(): void {
    this.#clients?.send('reset');
  }

  async until(wanted: (report: ClientsReport) => boolean, withinMs = 120_000): Promise<ClientsReport> {
    const endMs = Date.now() + withinMs;
    for (;;) {
      const report = await this.report();
      if (wanted(report) || Date.now() > endMs) return report;
      await sleep(200);
    }
  }

  /** Publishes the next event of the next users, each with the number after its last. */
  async publish(count: number): Promise<void> {
    const { users } = this.#options;
    const time = new Date().toISOString();
    const events = Array.from({ length: count }, () => {
      const user = this.#turn % users;
      this.#turn += 1;
      const number = this.#numbers[user] ?? 0;
      this.#numbers[user] = number + 1;
      const photoId = `photo-${user}`;
      const value = { photoId, userId: `user-${user}`, sizeBytes: number, filename: `photo-${user}-${number}.jpg` };
      return {
        topic: 'photo.events.v1',
        key: photoId,
        subject: 'PhotoEvent' as const,
        value: this.#codec.parseJson('PhotoEvent', value),
        event: { id: randomUUID(), source: '/crowd', type: 'photo.uploaded', time },
      };
    });
    await this.#publisher.publish(events);
  }

  /** Publishes at a steady rate until the time is over; returns what was published a second. */
  async publishSteadily(perSecond: number, forMs: number): Promise<number> {
    const startMs = performance.now();
    let published = 0;
    const underWay: Promise<void>[] = [];
    for (;;) {
      const passedMs = performance.now() - startMs;
      if (passedMs >= forMs) break;
      const due = Math.floor((passedMs * perSecond) / 1000) - published;
      if (due > 0) underWay.push(this.publish(due));
      published += Math.max(0, due);
      await sleep(10);
    }
    await Promise.all(underWay);
    return (published * 1000) / (performance.now() - startMs);
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await this.#publisher.close();
  }

  #fork(program: string, task: object): ChildProcess {
    const child = fork(join(import.meta.dirname, program), [JSON.stringify(task)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
    });
    this.#children.push(child);
    return child;
  }
}

async function ask<T>(child: ChildProcess, question: string): Promise<T> {
  const answer = once(child, 'message') as Promise<[T]>;
  child.send(question);
  return (await answer)[0];
}
