import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { topicNamed } from '../../../src/catalogue/lookup.ts';
import { realtimeTopics } from '../../../src/catalogue/realtime.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { makeAdmin } from '../../../src/kafka/admin.ts';
import { type EventPublisher, makePublisher } from '../../../src/kafka/publisher.ts';
import { topicSpecOf } from '../../../src/kafka/topic-spec.ts';
import { type LocalIssuer, openLocalIssuer } from '../../../src/local/auth/local-issuer.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { makeTokenVerifier } from '../../../src/services/auth/token-verifier.ts';
import { type RealtimeGateway, startRealtimeGateway } from '../../../src/services/realtime/gateway.ts';
import type { RealtimeLimits } from '../../../src/services/realtime/limits.ts';
import type { EventMeta } from '../../../src/services/realtime/live-event.ts';
import { makeMemoryStore } from '../../../src/services/realtime/store.memory.ts';
import type { RealtimeStore } from '../../../src/services/realtime/store.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

/** What a client received, in its order. */
export interface Received {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta: EventMeta;
}

export interface Ready {
  readonly user: string;
  readonly rooms: readonly string[];
  readonly position: string;
  readonly resume?: { readonly ok: boolean; readonly code?: string };
}

export interface ClientAnswer {
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly position?: string;
}

/** An unmodified socket.io-client that writes down what comes. */
export class TestClient {
  readonly socket: Socket;
  readonly received: Received[] = [];
  readonly ended: { readonly code: string }[] = [];
  readonly ready: Promise<Ready>;
  /** Newest position of any kind. */
  position: string | undefined;

  constructor(url: string, auth: object, options: object = {}) {
    this.socket = io(url, { auth, transports: ['websocket'], forceNew: true, reconnection: false, ...options });
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    promise.catch(() => {});
    this.ready = promise;
    this.socket.on('session:ready', (ready: Ready) => {
      this.position = ready.position;
      resolve(ready);
    });
    this.socket.on('connect_error', (error) => reject(error));
    this.socket.on('session:end', (reason: { readonly code: string }) => this.ended.push(reason));
    this.socket.onAny((name: string, data: Received['data'], meta: EventMeta) => {
      if (meta?.position === undefined) return;
      this.received.push({ name, data, meta });
      this.position = meta.position;
    });
  }

  async ask(event: string, payload: unknown): Promise<ClientAnswer> {
    const answer = (await this.socket.timeout(10_000).emitWithAck(event, payload)) as ClientAnswer;
    if (answer.ok && answer.position !== undefined) this.position = answer.position;
    return answer;
  }

  /** Values of one field, in the order of arrival. */
  field(name: string): readonly unknown[] {
    return this.received.map(({ data }) => data[name]);
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** A broker, an issuer, gateways and clients, all in this process. */
export class RealtimeRig {
  readonly store: RealtimeStore;
  readonly #directory = temporaryDirectory();
  readonly #codec = makeCodec();
  readonly #clients: TestClient[] = [];
  readonly #gateways = new Set<RealtimeGateway>();
  #kafka: EmbeddedKafka | undefined;
  #issuer: LocalIssuer | undefined;
  #publisher: EventPublisher | undefined;

  constructor(store: RealtimeStore = makeMemoryStore()) {
    this.store = store;
  }

  get bootstrapServers(): string {
    return this.#kafka?.bootstrapServers ?? '';
  }

  async start(maxPartitions = 3): Promise<void> {
    this.#kafka = await startEmbeddedKafka({ port: 0, dataDir: join(this.#directory.path, 'kafka'), log: () => {} });
    this.#issuer = await openLocalIssuer(join(this.#directory.path, 'auth'));
    const connection = { bootstrapServers: this.bootstrapServers };
    const admin = makeAdmin({ connection });
    await admin.ensureTopics(
      realtimeTopics.map(({ topic }) => {
        const declared = topicNamed(topic);
        if (declared === undefined) throw new Error(topic);
        return topicSpecOf(declared, { maxPartitions, maxRetentionMs: 86_400_000 });
      }),
    );
    await admin.close();
    this.#publisher = makePublisher({ connection, codec: this.#codec, clientId: 'test' });
  }

  async gateway(limits: Partial<RealtimeLimits> = {}, port = 0): Promise<RealtimeGateway> {
    if (this.#issuer === undefined) throw new Error('start first');
    const gateway = await startRealtimeGateway({
      host: '127.0.0.1',
      port,
      connection: { bootstrapServers: this.bootstrapServers },
      codec: this.#codec,
      verifier: makeTokenVerifier(this.#issuer.trust),
      store: this.store,
      origins: ['http://127.0.0.1:*'],
      log: { info: () => {}, warn: () => {}, error: () => {} },
      limits,
    });
    this.#gateways.add(gateway);
    return gateway;
  }

  async stopGateway(gateway: RealtimeGateway): Promise<void> {
    this.#gateways.delete(gateway);
    await gateway.close();
  }

  token(user: string, options: { readonly roles?: readonly string[]; readonly lifetimeMs?: number } = {}) {
    if (this.#issuer === undefined) throw new Error('start first');
    return this.#issuer.issue({ user, roles: options.roles ?? [], lifetimeMs: options.lifetimeMs ?? 600_000 });
  }

  /** A client that has been welcomed. */
  async client({ url }: { readonly url: string }, user: string, auth: ClientOptions = {}): Promise<TestClient> {
    const client = new TestClient(url, { token: await this.token(user, auth), after: auth.after });
    this.#clients.push(client);
    await client.ready;
    return client;
  }

  rawClient({ url }: { readonly url: string }, auth: object, options: object = {}): TestClient {
    const client = new TestClient(url, auth, options);
    this.#clients.push(client);
    return client;
  }

  /** Publishes one event of a photo. */
  async photo(type: string, value: PhotoFields): Promise<void> {
    await this.photos([{ type, value }]);
  }

  async photos(events: readonly { readonly type: string; readonly value: PhotoFields }[]): Promise<void> {
    await this.#publisher?.publish(
      events.map(({ type, value }) => ({
        topic: 'photo.events.v1',
        key: value.photoId ?? value.batchId ?? '',
        subject: 'PhotoEvent',
        value: this.#codec.parseJson('PhotoEvent', value),
        event: { id: randomUUID(), source: '/test', type, time: new Date().toISOString() },
      })),
    );
  }

  async health(component: string, audience: 'ADMINS' | 'EVERYONE'): Promise<void> {
    const value = { component, status: 'DEGRADED', audience, time: Date.now() };
    await this.#publisher?.publish([
      {
        topic: 'system.health.v1',
        key: component,
        subject: 'HealthUpdate',
        value: this.#codec.parseJson('HealthUpdate', value),
        event: { id: randomUUID(), source: '/test', type: 'system.health.update' },
      },
    ]);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all([...this.#gateways].map((gateway) => gateway.close()));
    await this.#publisher?.close();
    await this.#kafka?.close();
    this.#directory.remove();
  }
}

export interface ClientOptions {
  readonly roles?: readonly string[];
  readonly lifetimeMs?: number;
  readonly after?: string | undefined;
}

export interface PhotoFields {
  readonly photoId?: string;
  readonly batchId?: string;
  readonly userId?: string;
  readonly progress?: number;
  readonly filename?: string;
  readonly storageUri?: string;
  readonly currentStage?: string;
}
