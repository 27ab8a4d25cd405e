import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { GrpcTls } from '../../local/platform/settings.ts';
import { busCertificates, defaultDirectory } from './device-credentials.ts';

/** The commands of this program speak for any device, as an edge gateway does. */
const gatewayName = 'event-bus-cli';

/** The name in the bus's certificate, whatever address it is reached by: TLS names no servers by address. */
export const serverName = { 'grpc.ssl_target_name_override': 'localhost' } as const;

/**
 * What a client of the bus on this machine shows and trusts.
 * @throws AppError EVENTBUS_DEVICE_AUTHORITY_ABSENT
 */
export async function grpcCredentials(
  tls: GrpcTls = 'none',
  certificatesDir = defaultDirectory,
): Promise<ChannelCredentials> {
  if (tls === 'none') return credentials.createInsecure();
  const certificates = await busCertificates(certificatesDir);
  const ca = Buffer.from(certificates.ca);
  if (tls === 'server') return credentials.createSsl(ca);
  const { key, certificate } = await certificates.issueGatewayCertificate(gatewayName);
  return credentials.createSsl(ca, Buffer.from(key), Buffer.from(certificate));
}
