import { randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { IClientOptions } from 'mqtt';
import type { GrpcTls } from '../../local/platform/settings.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

const timeoutMs = 5000;
const seeLog = 'See the log file of the bus, part "ingest".';

/** A device could connect over MQTT. */
export function mqttCheck(url: string): Check {
  const name = 'MQTT';
  const run = async (): Promise<Finding> => {
    const error = await connectionError(url, { clientId: ownDeviceId() });
    return error === undefined ? ok(name, `${url} accepts devices`) : fail(name, error, seeLog);
  };
  return { name, run };
}

/** A device with a certificate of the bus's own authority could connect, and the server's certificate goes on being valid. */
export function mqttsCheck(url: string, certificates: string, nowMs: number): Check {
  const name = 'MQTTS';
  const run = async (): Promise<Finding> => {
    const [{ readPair }, { sign }] = await Promise.all([
      import('../../local/certificates/certificate-files.ts'),
      import('../../local/certificates/signing.ts'),
    ]);
    const pair = (of: string) =>
      readPair({ key: join(certificates, `${of}.key`), certificate: join(certificates, `${of}.crt`) });
    const [authority, server] = [await pair('ca'), await pair('server')];
    if (authority === undefined || server === undefined) {
      return fail(name, `${certificates} has no certificates`, 'Restart the bus: it makes them.');
    }
    const clientId = ownDeviceId();
    // Not written to disk: it is needed for this connection only.
    const own = await sign(authority, { subject: `CN=${clientId}`, days: 1, use: 'client' }, nowMs);
    const { certificate: ca } = authority;
    const error = await connectionError(url, { clientId, ca, key: own.key, cert: own.certificate });
    if (error !== undefined) return fail(name, error, seeLog);
    return certificateFinding(url, Date.parse(new X509Certificate(server.certificate).validTo), nowMs);
  };
  return { name, run };
}

/** A name of its own, so that no device is thrown out: a second client with one's name ends the first. */
function ownDeviceId(): string {
  return `event-bus-doctor-${randomBytes(4).toString('hex')}`;
}

async function connectionError(url: string, options: IClientOptions): Promise<string | undefined> {
  const { connectAsync } = await import('mqtt');
  try {
    const client = await connectAsync(url, { ...options, connectTimeout: timeoutMs, reconnectPeriod: 0 });
    await client.endAsync();
    return undefined;
  } catch (error) {
    return `${url}: ${reasonOf(error)}`;
  }
}

const renewDays = 7;
const dayMs = 86_400_000;

/** What the end of a server certificate means. */
export function certificateFinding(url: string, endsMs: number, nowMs: number): Finding {
  const days = Math.floor((endsMs - nowMs) / dayMs);
  const until = new Date(endsMs).toISOString().slice(0, 10);
  const fix = 'Restart the bus: it renews the development certificates.';
  if (days < 0) return fail('MQTTS', `the certificate of ${url} ended on ${until}`, fix);
  if (days < renewDays) return warn('MQTTS', `the certificate of ${url} ends on ${until}`, fix);
  return ok('MQTTS', `${url} accepts devices with certificates; its own is valid until ${until}`);
}

/** The ingest gateway says that it serves. */
export function grpcCheck(address: string, tls: GrpcTls | undefined, certificates: string): Check {
  const name = 'gRPC';
  const run = async (): Promise<Finding> => {
    const status = await healthOf(address, tls, certificates).catch(
      (error: unknown) => new Error(`${address}: ${reasonOf(error)}`),
    );
    if (status instanceof Error) return fail(name, status.message, seeLog);
    return status === 'SERVING' ? ok(name, `${address} is serving`) : fail(name, `${address} says ${status}`, seeLog);
  };
  return { name, run };
}

async function healthOf(address: string, tls: GrpcTls | undefined, certificates: string): Promise<string> {
  const [grpc, { loadSync }, { protoPath }, { grpcCredentials, serverName }] = await Promise.all([
    import('@grpc/grpc-js'),
    import('@grpc/proto-loader'),
    import('grpc-health-check'),
    import('../devices/grpc-credentials.ts'),
  ]);
  const service = loadSync(protoPath, { enums: String })['grpc.health.v1.Health'];
  const Client = grpc.makeGenericClientConstructor(service as import('@grpc/grpc-js').ServiceDefinition, 'Health');
  const client = new Client(address, await grpcCredentials(tls, certificates), serverName);
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
