import { randomUUID } from 'node:crypto';
import { type ChannelCredentials, Client, type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import { AppError } from '../../core/errors/app-error.ts';
import { ingestService, loadProto, protoPath } from '../../services/ingest/ingest-proto.ts';
import type {
  PublishRequest,
  StreamTelemetryRequest,
  StreamTelemetryResponse,
  WireReading,
} from '../../services/ingest/messages.ts';
import { type DeviceLink, LinkLedger, type LinkOptions } from './device-link.ts';
import type { DeviceMessage } from './device-message.ts';
import { serverName } from './grpc-credentials.ts';
import { wireReadings } from './grpc-readings.ts';
import { Patience } from './reconnecting.ts';

/** Readings of one request; the gateway takes 1,000. */
const readingsPerRequest = 100;

type Stream = ClientDuplexStream<StreamTelemetryRequest, StreamTelemetryResponse>;

/** Fields with the value that the protocol takes for granted are absent. */
type Answer = Partial<StreamTelemetryResponse>;

interface Unacknowledged {
  readonly request: PublishRequest;
  readonly readings: number;
  timesSent: number;
}

/** One stream for all devices, as an edge gateway has it; requests keep their ids when they are sent again. */
export function openGrpcLink(options: LinkOptions, credentials: ChannelCredentials): DeviceLink {
  assertAddress(options.target());
  // A request carries many readings, so fewer of them are on the way.
  const ledger = new LinkLedger(Math.max(1, Math.min(48, options.window ?? 48)));
  const stream = new TelemetryStream(options, ledger, credentials);
  return {
    async send(messages) {
      for (const readings of requestsOf(messages)) {
        await ledger.room();
        ledger.sent(readings.length);
        stream.publish(readings);
      }
    },
    drained: () => ledger.empty(),
    counts: () => ledger.counts(),
    close: async () => stream.close(),
  };
}

/** Readings in order, in requests of at most {@link readingsPerRequest}; a message is not parted. */
function* requestsOf(messages: readonly DeviceMessage[]): Generator<readonly WireReading[]> {
  let gathered: WireReading[] = [];
  for (const message of messages) {
    const readings = wireReadings(message);
    if (gathered.length > 0 && gathered.length + readings.length > readingsPerRequest) {
      yield gathered;
      gathered = [];
    }
    gathered.push(...readings);
  }
  if (gathered.length > 0) yield gathered;
}

class TelemetryStream {
  readonly #credentials: ChannelCredentials;
  readonly #options: LinkOptions;
  readonly #ledger: LinkLedger;
  readonly #patience: Patience;
  readonly #run = randomUUID();
  /** In the order handed over. */
  readonly #unacknowledged = new Set<Unacknowledged>();
  /** What the positions of the open stream stand for. */
  #positions: Unacknowledged[] = [];
  readonly #method = streamTelemetry();
  #client: Client | null = null;
  #stream: Stream | null = null;
  #timer: NodeJS.Timeout | undefined;
  #requests = 0;
  #closed = false;

  constructor(options: LinkOptions, ledger: LinkLedger, credentials: ChannelCredentials) {
    this.#credentials = credentials;
    this.#options = options;
    this.#ledger = ledger;
    this.#patience = new Patience(options);
    this.#open();
  }

  publish(readings: readonly WireReading[]): void {
    const request = { messageId: `${this.#run}-${this.#requests}`, readings };
    this.#requests += 1;
    const entry = { request, readings: readings.length, timesSent: 0 };
    this.#unacknowledged.add(entry);
    if (this.#stream !== null) this.#write(this.#stream, entry);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stream?.end();
    this.#client?.close();
  }

  #open(): void {
    const options = { ...serverName, 'grpc.enable_retries': 0 };
    const client = new Client(this.#options.target(), this.#credentials, options);
    const { path, requestSerialize, responseDeserialize } = this.#method;
    const stream: Stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#client = client;
    this.#stream = stream;
    this.#positions = [];
    stream.on('data', (response: Answer) => {
      if (this.#stream === stream) this.#answered(response);
    });
    stream.on('error', (error: ServiceError) => this.#lost(stream, error));
    stream.on('end', () => this.#lost(stream, undefined));
    this.#noticeConnection(client);
    for (const entry of this.#unacknowledged) this.#write(stream, entry);
  }

  /** The bus counts as found from the first connection on, also when it goes away again before its first answer. */
  #noticeConnection(client: Client): void {
    // The library's timer keeps the process alive until it is over, so it is a short one, set again.
    client.waitForReady(Date.now() + 250, (error) => {
      if (error === undefined || error === null) this.#patience.connected();
      else if (this.#client === client && this.#stream !== null && !this.#closed) this.#noticeConnection(client);
    });
  }

  #write(stream: Stream, entry: Unacknowledged): void {
    entry.timesSent += 1;
    if (entry.timesSent > 1) this.#ledger.resent += 1;
    this.#positions.push(entry);
    stream.write({ request: entry.request });
  }

  #answered({ position, accepted, rejected = [] }: Answer): void {
    const entry = this.#positions[position ?? 0];
    if (entry === undefined || !this.#unacknowledged.delete(entry)) return;
    this.#patience.connected();
    this.#patience.progressed();
    const whole = rejected.find(({ index }) => index === undefined);
    if (whole !== undefined) return this.#ledger.refused(entry.readings, `${whole.code}: ${whole.message}`);
    for (const { code, message, index } of rejected)
      this.#ledger.refusedPart(1, `${code}: reading ${index}: ${message}`);
    this.#ledger.acknowledged(accepted ?? 0);
  }

  #lost(stream: Stream, error: ServiceError | undefined): void {
    if (this.#stream !== stream) return;
    this.#stream = null;
    this.#client?.close();
    if (this.#closed) return;
    if (error !== undefined && permanent.has(error.code)) {
      const what = `${this.#options.target()}: ${status[error.code]} ${error.details}`;
      this.#ledger.fail(new AppError('EVENTBUS_DEVICE_REFUSED', what, { cause: error }));
      return;
    }
    if (this.#patience.everConnected) this.#ledger.reconnects += 1;
    try {
      this.#timer = setTimeout(() => this.#open(), this.#patience.next(Date.now(), error));
    } catch (failure) {
      this.#ledger.fail(failure as Error);
    }
  }
}

/** Ends of a stream that no waiting mends. */
const permanent: ReadonlySet<status> = new Set([
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.INVALID_ARGUMENT,
]);

function streamTelemetry() {
  const { StreamTelemetry } = ingestService(loadProto(protoPath));
  if (StreamTelemetry === undefined) throw new TypeError(`${protoPath} declares no StreamTelemetry`);
  return StreamTelemetry;
}

function assertAddress(address: string): void {
  if (/^[^\s/]+:\d{1,5}$/.test(address)) return;
  throw new AppError('EVENTBUS_DEVICE_TARGET_INVALID', `got "${address.slice(0, 100)}" for gRPC`);
}
