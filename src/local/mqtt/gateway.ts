import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { ingestRules } from '../../catalogue/ingest-rules.ts';
import type { Route } from '../../catalogue/model.ts';
import type { ErrorCode } from '../../core/errors/registry.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import { type IngestLog, Refusals } from '../../services/ingest/refusals.ts';
import { DeviceBroker } from './device-broker.ts';
import { tooLarge } from './device-policy.ts';
import { DeviceSessions } from './device-sessions.ts';
import { FrameGuard } from './frame-guard.ts';
import { type Listener, type ListenOptions, listenPlain, listenTls, type ServerCertificates } from './listeners.ts';
import { LogWriter } from './log-writer.ts';
import { ReadGate } from './read-gate.ts';

export interface MqttLimits {
  /** Connections a listener holds; more are closed at once. */
  readonly maxConnections: number;
  /** AWS IoT Core's limit is 128 KB. */
  readonly maxPayloadBytes: number;
  /** Received and not yet in the log; beyond it no socket is read. */
  readonly maxPendingBytes: number;
  /** Records of one request to the log. */
  readonly maxBatchRecords: number;
  /** Silence allowed to a client, seconds; a longer or missing keep-alive is brought down to this. */
  readonly maxKeepAliveSeconds: number;
  /** Time a new connection has to send CONNECT. */
  readonly connectTimeoutMs: number;
  /** Time a closing gateway waits for the log. */
  readonly drainMs: number;
}

export const defaultMqttLimits: MqttLimits = {
  maxConnections: 10_000,
  maxPayloadBytes: 128 * 1024,
  maxPendingBytes: 32 * 1024 * 1024,
  maxBatchRecords: 5_000,
  maxKeepAliveSeconds: 1_200,
  connectTimeoutMs: 10_000,
  drainMs: 10_000,
};

export interface MqttGatewayOptions {
  /** Address of the TLS listener. The plain one listens on loopback whatever this says. */
  readonly host: string;
  /** Plain port; 0 takes a free one. */
  readonly port: number;
  /** TLS port; 0 takes a free one. Used with `certificates`. */
  readonly tlsPort?: number;
  readonly certificates?: ServerCertificates;
  /** Routes of the catalogue; those of other protocols are left out. */
  readonly routes: readonly Route[];
  readonly publisher: Pick<EventPublisher, 'send'>;
  readonly log: IngestLog;
  readonly limits?: Partial<MqttLimits>;
}

export interface MqttCounters {
  /** Messages that are durably in the log. */
  readonly accepted: number;
  /** Payload bytes of the accepted messages. */
  readonly acceptedBytes: number;
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Devices connected now. */
  readonly connections: number;
  readonly pendingRecords: number;
  readonly pendingBytes: number;
  /** False while no socket is read because too much waits for the log. */
  readonly reading: boolean;
}

export interface MqttGateway {
  readonly port: number;
  /** Absent without certificates. */
  readonly tlsPort: number | undefined;
  counters(): MqttCounters;
  /** Sends to the device's commands topic; false when the device is not connected. */
  sendCommand(deviceId: string, payload: Buffer | string): Promise<boolean>;
  /** Stops accepting and reading, waits for what is under way, then ends the connections. */
  close(): Promise<void>;
}

/** An MQTT frame holds at most this much beside the payload: topic, client id, user name, password. */
const frameOverheadBytes = 16 * 1024;

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * The MQTT entrance of the platform: what AWS IoT Core does with its policy and Kafka rules. An acknowledgement is
 * given after the log has the record.
 *
 * @throws AppError EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function startMqttGateway(options: MqttGatewayOptions): Promise<MqttGateway> {
  const limits = { ...defaultMqttLimits, ...options.limits };
  const refusals = new Refusals(options.log);
  const gate = new ReadGate();
  const writer = openWriter(options, limits, gate);
  const rules = options.routes.filter((route) => route.protocol === 'mqtt').flatMap(ingestRules);
  const sessions = new DeviceSessions({ rules, limits, writer, refusals, newUuid: randomUUID, now: Date.now });
  const broker = new DeviceBroker({ ...sessions.handlers(), connectTimeout: limits.connectTimeoutMs });
  sessions.watch(broker);
  await broker.listen();
  const closeBroker = () => new Promise<void>((resolve) => broker.close(resolve));

  const listeners = await openListeners(options, {
    host: options.host,
    port: options.port,
    maxConnections: limits.maxConnections,
    onSocket: (socket) => {
      const inspect = frameCheck(socket, sessions, limits.maxPayloadBytes);
      gate.guard(socket, { inspect, isExempt: () => !client.connected });
      const client = broker.handle(socket);
    },
    onRefused: (error, remote) => refusals.refuse(error, { remote }),
  }).catch(async (error: unknown) => {
    await closeBroker();
    throw error;
  });

  return {
    port: (listeners[0] as Listener).port,
    tlsPort: listeners[1]?.port,
    counters: () => ({
      ...sessions.counters(),
      refused: refusals.counts(),
      connections: broker.connectedClients,
      pendingRecords: writer.pendingRecords,
      pendingBytes: writer.pendingBytes,
      reading: gate.isOpen,
    }),
    sendCommand: (deviceId, payload) => sessions.sendCommand(broker, deviceId, payload),
    close: async () => {
      const closed = listeners.map((listener) => listener.close());
      gate.close();
      sessions.stopTaking();
      await writer.drain(limits.drainMs);
      await Promise.all(listeners.map((listener) => listener.flush()));
      await closeBroker();
      for (const listener of listeners) listener.endConnections();
      await Promise.all(closed);
    },
  };
}

function openWriter(options: MqttGatewayOptions, limits: MqttLimits, gate: ReadGate): LogWriter {
  const { publisher, log } = options;
  const { maxBatchRecords, maxPendingBytes } = limits;
  const onPressure = (full: boolean) => {
    log.warn({ full, maxPendingBytes }, full ? 'reading stops until the log has caught up' : 'reading goes on');
    if (full) gate.close();
    else gate.open();
  };
  return new LogWriter({ publisher, log, maxBatchRecords, maxPendingBytes, onPressure });
}

/** Ends a connection whose next frame is too large for the parser to collect. */
function frameCheck(socket: Socket, sessions: DeviceSessions, maxPayloadBytes: number): (chunk: Buffer) => boolean {
  const frames = new FrameGuard(maxPayloadBytes + frameOverheadBytes);
  return (chunk) => {
    const oversize = frames.walk(chunk);
    if (oversize === 0) return true;
    sessions.refuse(socket, tooLarge(oversize, maxPayloadBytes));
    socket.destroy();
    return false;
  };
}

/** The plain listener, and the TLS one when there are certificates. */
async function openListeners(options: MqttGatewayOptions, listen: ListenOptions): Promise<readonly Listener[]> {
  const plain = await listenPlain({ ...listen, host: loopback.has(options.host) ? options.host : '127.0.0.1' });
  if (options.certificates === undefined) return [plain];
  try {
    return [plain, await listenTls(options.certificates, { ...listen, port: options.tlsPort ?? 8883 })];
  } catch (error) {
    await plain.close();
    throw error;
  }
}
