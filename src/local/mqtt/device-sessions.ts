import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AedesOptions, Client, ConnectPacket, PublishPacket, Subscription } from 'aedes';
import type { IngestRule } from '../../catalogue/ingest-rules.ts';
import { commandsFilter } from '../../catalogue/ingest-rules.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type BoundRule, topicOf } from '../../core/routing.ts';
import type { Refusals } from '../../services/ingest/refusals.ts';
import type { DeviceBroker } from './device-broker.ts';
import { type DevicePolicy, policyOf, ruleFor } from './device-policy.ts';
import type { LogWriter } from './log-writer.ts';

export interface SessionOptions {
  readonly rules: readonly IngestRule[];
  readonly limits: { readonly maxPayloadBytes: number; readonly maxKeepAliveSeconds: number };
  readonly writer: LogWriter;
  readonly refusals: Refusals;
  readonly newUuid: () => string;
  readonly now: () => number;
}

/** What CONNACK says, by the MQTT 3.1.1 specification. */
const returnCodes = { identifierRejected: 2, notAuthorized: 5 } as const;

/** Memory a pending record takes beside its payload, roughly. */
const recordOverheadBytes = 512;

/** Decides what a connected device may do, and hands its messages to the log. */
export class DeviceSessions {
  readonly #options: SessionOptions;
  readonly #policies = new WeakMap<Client, DevicePolicy | AppError>();
  readonly #refused = new WeakSet<Error>();
  readonly #connected = new Map<string, Client>();
  #accepted = 0;
  #acceptedBytes = 0;
  #taking = true;
  #lastMs = 0;
  #lastTime = '';

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  counters() {
    return { accepted: this.#accepted, acceptedBytes: this.#acceptedBytes };
  }

  /** Nothing that arrives from now on is taken; its sender will not get an acknowledgement. */
  stopTaking(): void {
    this.#taking = false;
  }

  /** Counts and logs a refusal on a connection. */
  refuse(socket: Socket, error: AppError): void {
    this.#options.refusals.refuse(error, { remote: socket.remoteAddress, device: deviceOf(socket) });
  }

  handlers(): AedesOptions {
    return {
      preConnect: (client, packet, done) => {
        this.#connect(client, packet);
        done(null, true);
      },
      // The other arguments are user name and password, which AWS IoT Core ignores as well.
      authenticate: (client, ...rest) => {
        const done = rest[2];
        const policy = this.#policies.get(client);
        if (policy !== undefined && !(policy instanceof AppError)) return done(null, true);
        done(this.#reject(client, policy), null);
      },
      authorizePublish: (client, packet, done) => {
        if (client !== null) this.#publish(client, packet, done);
        else done();
      },
      authorizeSubscribe: (client, subscription, done) => {
        done(null, this.#maySubscribe(client, subscription) ? subscription : null);
      },
    };
  }

  watch(broker: DeviceBroker): void {
    const timedOut = new WeakSet<Client>();
    broker.on('keepaliveTimeout', (client) => timedOut.add(client));
    broker.on('clientReady', (client) => this.#connected.set(client.id, client));
    broker.on('clientDisconnect', (client) => {
      if (this.#connected.get(client.id) === client) this.#connected.delete(client.id);
    });
    const failed = (client: Client, error: Error) => {
      if (client.closed || timedOut.has(client) || this.#refused.has(error) || isNetworkError(error)) return;
      const cause = new AppError('EVENTBUS_INGEST_PROTOCOL_ERROR', error.message, { cause: error });
      this.refuse(client.conn as Socket, cause);
    };
    broker.on('clientError', failed);
    broker.on('connectionError', failed);
  }

  async sendCommand(broker: DeviceBroker, deviceId: string, payload: Buffer | string): Promise<boolean> {
    const topic = topicOf(commandsFilter, deviceId);
    if (!this.#connected.has(deviceId)) return false;
    await new Promise<void>((resolve, reject) => {
      const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const;
      broker.publish(packet, (error?: Error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
    return true;
  }

  /** Settles who the client is before the session starts; `authenticate` answers with the outcome. */
  #connect(client: Client, packet: ConnectPacket): void {
    const limit = this.#options.limits.maxKeepAliveSeconds;
    // No session outlives its connection: a device that comes back subscribes again and repeats what was not acknowledged.
    packet.clean = true;
    if (packet.keepalive === undefined || packet.keepalive === 0 || packet.keepalive > limit) packet.keepalive = limit;
    const policy = this.#policyOf(client, packet);
    this.#policies.set(client, policy);
  }

  #policyOf(client: Client, packet: ConnectPacket): DevicePolicy | AppError {
    const policy = policyOf(packet.clientId, this.#options.rules);
    if (policy instanceof AppError) return policy;
    const name = certificateName(client.conn as Socket);
    if (name !== undefined && name !== packet.clientId) {
      const what = `client id "${packet.clientId}", certificate "${name}"`;
      return new AppError('EVENTBUS_INGEST_IDENTITY_MISMATCH', what);
    }
    if (packet.will === undefined) return policy;
    const will = ruleFor(policy, packet.will as PublishPacket, this.#options.limits.maxPayloadBytes);
    return will instanceof AppError ? will : policy;
  }

  #reject(client: Client, error: AppError | undefined): Error & { returnCode: number } {
    const code =
      error?.code === 'EVENTBUS_INGEST_DEVICE_ID_INVALID' ? returnCodes.identifierRejected : returnCodes.notAuthorized;
    if (error !== undefined) this.refuse(client.conn as Socket, error);
    const answer = Object.assign(new Error(error?.message ?? 'not authorised', { cause: error }), { returnCode: code });
    this.#refused.add(answer);
    return answer;
  }

  #maySubscribe(client: Client, subscription: Subscription): boolean {
    const policy = this.#policies.get(client) as DevicePolicy;
    if (subscription.topic === policy.commandsTopic && subscription.qos < 2) return true;
    const what = `"${subscription.topic.slice(0, 80)}" with QoS ${subscription.qos}; allowed is ${policy.commandsTopic}`;
    this.refuse(client.conn as Socket, new AppError('EVENTBUS_INGEST_SUBSCRIPTION_DENIED', what));
    return false;
  }

  #publish(client: Client, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const policy = this.#policies.get(client) as DevicePolicy;
    if (!this.#taking) return this.#fail(done, new AppError('EVENTBUS_INGEST_CLOSING', 'the message was not taken'));
    const rule = ruleFor(policy, packet, this.#options.limits.maxPayloadBytes);
    if (rule instanceof AppError) {
      this.refuse(client.conn as Socket, rule);
      return this.#fail(done, rule);
    }
    if (this.#options.writer.isOverfull) {
      const full = new AppError('EVENTBUS_INGEST_LOG_UNAVAILABLE', `${this.#options.writer.pendingBytes} bytes wait`);
      this.refuse(client.conn as Socket, full);
      return this.#fail(done, full);
    }
    this.#write(rule, packet, { client, done });
  }

  #write(rule: BoundRule, packet: PublishPacket, sender: Sender): void {
    const value = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    // A last will arrives without a command name; its client is gone by then and cannot send it again.
    const isWill = packet.cmd !== 'publish';
    this.#options.writer.add({
      record: {
        topic: rule.topic,
        key: rule.key,
        value,
        headers: rule.headersOf({ uuid: this.#options.newUuid(), receivedAt: this.#receivedAt() }),
      },
      bytes: value.length + recordOverheadBytes,
      stillWanted: () => isWill || !sender.client.closed,
      settle: (error) => {
        if (error !== undefined) {
          this.refuse(sender.client.conn as Socket, error);
          return this.#fail(sender.done, error);
        }
        this.#accepted += 1;
        this.#acceptedBytes += value.length;
        sender.done(null);
      },
    });
  }

  /** Ends the connection: MQTT 3.1.1 knows no negative acknowledgement, and AWS IoT Core does the same. */
  #fail(done: (error: Error) => void, error: Error): void {
    this.#refused.add(error);
    done(error);
  }

  #receivedAt(): string {
    const now = this.#options.now();
    if (now !== this.#lastMs) {
      this.#lastMs = now;
      this.#lastTime = new Date(now).toISOString();
    }
    return this.#lastTime;
  }
}

interface Sender {
  readonly client: Client;
  readonly done: (error?: Error | null) => void;
}

/** Common name of the client's certificate; undefined on a plain connection, empty when the certificate has none. */
function certificateName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : '';
}

function deviceOf(socket: Socket): string | undefined {
  return (socket as Socket & { client?: Client }).client?.id;
}

function isNetworkError(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall !== undefined || code?.startsWith('ERR_STREAM') === true;
}
