import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { AppError } from '../../core/errors/app-error.ts';
import type { DeviceCredentials } from './device-credentials.ts';
import type { LinkLedger } from './device-link.ts';
import type { Patience } from './reconnecting.ts';

interface Shared {
  readonly target: () => string;
  readonly credentials?: ((deviceId: string) => Promise<DeviceCredentials>) | undefined;
  readonly patience: Patience;
  readonly ledger: LinkLedger;
}

interface Unacknowledged {
  readonly topic: string;
  readonly payload: string;
  readonly readings: number;
  timesSent: number;
}

/** CONNACK codes that no waiting mends: identifier rejected, bad credentials, not authorised. */
const denials = new Set([2, 4, 5]);

/**
 * One device's connection. Reconnecting is done here and not by the client library, because what was not acknowledged
 * must go out again in its order before anything newer.
 */
export class MqttDevice {
  readonly #deviceId: string;
  readonly #shared: Shared;
  /** In the order handed over. */
  readonly #unacknowledged = new Set<Unacknowledged>();
  #client: MqttClient | null = null;
  #ready = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deviceId: string, shared: Shared) {
    this.#deviceId = deviceId;
    this.#shared = shared;
    this.#connect();
  }

  publish(topic: string, payload: string, readings: number): void {
    const message = { topic, payload, readings, timesSent: 0 };
    this.#unacknowledged.add(message);
    if (this.#ready) this.#put(message);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    if (client !== null) await client.endAsync(!this.#ready);
  }

  #connect(): void {
    const { credentials, ledger } = this.#shared;
    if (credentials === undefined) return this.#open({});
    credentials(this.#deviceId).then(
      (own) => {
        if (!this.#closed) this.#open(own);
      },
      (error: Error) => ledger.fail(error),
    );
  }

  #open(tls: IClientOptions): void {
    const client = connect(this.#shared.target(), {
      ...tls,
      clientId: this.#deviceId,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 5000,
      keepalive: 60,
    });
    this.#client = client;
    let failure: unknown;
    client.on('error', (error) => {
      failure = error;
    });
    client.on('connect', () => {
      this.#shared.patience.connected();
      if (this.#unacknowledged.size === 0) this.#shared.patience.progressed();
      this.#ready = true;
      for (const message of this.#unacknowledged) this.#put(message);
    });
    client.on('close', () => {
      if (this.#client === client) this.#lost(client, failure);
    });
  }

  #put(message: Unacknowledged): void {
    const client = this.#client;
    if (client === null) return;
    message.timesSent += 1;
    if (message.timesSent > 1) this.#shared.ledger.resent += 1;
    client.publish(message.topic, message.payload, { qos: 1, dup: message.timesSent > 1 }, (error) => {
      // Acknowledgements of a connection that is gone came before it was.
      if (error !== undefined && error !== null) return;
      if (!this.#unacknowledged.delete(message)) return;
      this.#shared.patience.progressed();
      this.#shared.ledger.acknowledged(message.readings);
    });
  }

  #lost(client: MqttClient, cause: unknown): void {
    const wasReady = this.#ready;
    this.#ready = false;
    this.#client = null;
    client.removeAllListeners('close');
    client.end(true);
    if (this.#closed) return;
    const code = (cause as { code?: unknown } | undefined)?.code;
    if (typeof code === 'number' && denials.has(code)) {
      const what = `device ${this.#deviceId} at ${this.#shared.target()}: CONNACK code ${code}`;
      this.#shared.ledger.fail(new AppError('EVENTBUS_DEVICE_REFUSED', what, { cause }));
      return;
    }
    if (wasReady) this.#shared.ledger.reconnects += 1;
    try {
      const waitMs = this.#shared.patience.next(Date.now(), cause);
      this.#timer = setTimeout(() => this.#connect(), waitMs);
    } catch (error) {
      this.#shared.ledger.fail(error as Error);
    }
  }
}
