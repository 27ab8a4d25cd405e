import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

const timeoutMs = 5000;
const seeLog = 'See the log file of the bus, part "ingest".';

/** A device could connect over MQTT. */
export function mqttCheck(url: string): Check {
  const name = 'MQTT';
  const run = async (): Promise<Finding> => {
    const { connectAsync } = await import('mqtt');
    // A name of its own, so that no device is thrown out: a second client with one's name ends the first.
    const clientId = `event-bus-doctor-${randomBytes(4).toString('hex')}`;
    const client = await connectAsync(url, { clientId, connectTimeout: timeoutMs, reconnectPeriod: 0 }).catch(
      (error: unknown) => new Error(`${url}: ${reasonOf(error)}`),
    );
    if (client instanceof Error) return fail(name, client.message, seeLog);
    await client.endAsync();
    return ok(name, `${url} accepts devices`);
  };
  return { name, run };
}

const renewDays = 7;
const dayMs = 86_400_000;

/** The listener for devices with certificates shows one of its own that goes on being valid. */
export function mqttsCheck(url: string, nowMs: number): Check {
  const name = 'MQTTS';
  const run = async (): Promise<Finding> => {
    const { hostname, port } = new URL(url);
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false, timeout: timeoutMs });
    try {
      socket.once('timeout', () => socket.destroy(new Error('no answer')));
      await once(socket, 'secureConnect');
      return certificateFinding(url, Date.parse(socket.getPeerCertificate().valid_to), nowMs);
    } catch (error) {
      return fail(name, `${url}: ${reasonOf(error)}`, seeLog);
    } finally {
      socket.on('error', () => undefined).destroy();
    }
  };
  return { name, run };
}

/** What the end of a server certificate means. */
export function certificateFinding(url: string, endsMs: number, nowMs: number): Finding {
  const days = Math.floor((endsMs - nowMs) / dayMs);
  if (Number.isNaN(days)) return fail('MQTTS', `${url} shows no certificate`, seeLog);
  const until = new Date(endsMs).toISOString().slice(0, 10);
  const fix = 'Restart the bus: it renews the development certificates.';
  if (days < 0) return fail('MQTTS', `the certificate of ${url} ended on ${until}`, fix);
  if (days < renewDays) return warn('MQTTS', `the certificate of ${url} ends on ${until}`, fix);
  return ok('MQTTS', `${url}, certificate valid until ${until}`);
}

/** The ingest gateway says that it serves. */
export function grpcCheck(address: string): Check {
  const name = 'gRPC';
  const run = async (): Promise<Finding> => {
    const status = await healthOf(address).catch((error: unknown) => new Error(`${address}: ${reasonOf(error)}`));
    if (status instanceof Error) return fail(name, status.message, seeLog);
    return status === 'SERVING' ? ok(name, `${address} is serving`) : fail(name, `${address} says ${status}`, seeLog);
  };
  return { name, run };
}

async function healthOf(address: string): Promise<string> {
  const [grpc, { loadSync }, { protoPath }] = await Promise.all([
    import('@grpc/grpc-js'),
    import('@grpc/proto-loader'),
    import('grpc-health-check'),
  ]);
  const service = loadSync(protoPath, { enums: String })['grpc.health.v1.Health'];
  const Client = grpc.makeGenericClientConstructor(
    service as unknown as import('@grpc/grpc-js').ServiceDefinition,
    'Health',
  );
  const client = new Client(address, grpc.credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      const answer = (error: Error | null, response: { status?: string } | undefined) =>
        error === null ? resolve(response?.status ?? 'nothing') : reject(error);
      client['Check']?.({ service: '' }, { deadline: Date.now() + timeoutMs }, answer);
    });
  } finally {
    client.close();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message === '' ? (code ?? error.name) : error.message;
}
