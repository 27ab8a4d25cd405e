import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import { isDeviceId } from '../../core/routing.ts';
import { type CertificatePair, type CertificatePaths, readPair, writePair } from './certificate-files.ts';
import { type CertificateContent, makeAuthority, sign } from './signing.ts';

/** Where a device finds its key and certificate, and their texts. */
export interface DeviceCertificate extends CertificatePair {
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** The certificates of one data directory; for development only, the authority's key lies beside them. */
export interface DevelopmentCertificates {
  /** PEM text of the authority that devices and clients trust. */
  readonly ca: string;
  readonly caFile: string;
  /** For listeners on localhost that ask their clients for certificates of the same authority. */
  readonly server: { readonly ca: string; readonly key: string; readonly certificate: string };
  /** The device's certificate, made or renewed when needed; common name = device id. */
  issueDeviceCertificate(deviceId: string): Promise<DeviceCertificate>;
  /** The certificate of an edge gateway, which may speak for any device: organisational unit `gateway`. */
  issueGatewayCertificate(name: string): Promise<DeviceCertificate>;
}

/** A certificate is renewed this long before it ends, for the same key: files of before and after go together. */
const renewBeforeMs = 30 * 86_400_000;

const server: CertificateContent = {
  subject: 'CN=localhost',
  days: 397,
  use: 'server',
  hosts: [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ],
};

/**
 * Opens the certificates below `directory`, making what is missing and renewing what has nearly ended.
 *
 * @throws AppError EVENTBUS_INGEST_CERTIFICATES_CORRUPT
 */
export async function developmentCertificates(
  directory: string,
  now: () => number = Date.now,
): Promise<DevelopmentCertificates> {
  const caPaths = pathsOf(directory, 'ca');
  const authority = await openAuthority(caPaths, now());
  const signed = (paths: CertificatePaths, content: CertificateContent) =>
    openSigned(paths, { authority, content, nowMs: now() });
  const serverPair = await signed(pathsOf(directory, 'server'), server);

  const issue = async (name: string, content: Omit<CertificateContent, 'days' | 'use'> & { folder: string }) => {
    if (!isDeviceId(name)) throw new AppError('EVENTBUS_INGEST_DEVICE_ID_INVALID', `"${name.slice(0, 128)}"`);
    const paths = pathsOf(join(directory, content.folder), name.replaceAll(':', '%3A'));
    const pair = await signed(paths, { subject: content.subject, days: 365, use: 'client' });
    return { ...pair, keyFile: paths.key, certificateFile: paths.certificate };
  };
  return {
    ca: authority.certificate,
    caFile: caPaths.certificate,
    server: { ca: authority.certificate, ...serverPair },
    issueDeviceCertificate: (deviceId) => issue(deviceId, { folder: 'devices', subject: `CN=${deviceId}` }),
    issueGatewayCertificate: (name) => issue(name, { folder: 'gateways', subject: `CN=${name}, OU=gateway` }),
  };
}

function pathsOf(directory: string, name: string): CertificatePaths {
  return { key: join(directory, `${name}.key`), certificate: join(directory, `${name}.crt`) };
}

async function openAuthority(paths: CertificatePaths, nowMs: number): Promise<CertificatePair> {
  const found = await readPair(paths);
  if (found !== undefined && !endsSoon(found, nowMs)) return found;
  const made = await makeAuthority('CN=Event bus development authority', nowMs, found?.key);
  await writePair(paths, made);
  return made;
}

interface SignedOptions {
  readonly authority: CertificatePair;
  readonly content: CertificateContent;
  readonly nowMs: number;
}

async function openSigned(paths: CertificatePaths, options: SignedOptions): Promise<CertificatePair> {
  const { authority, content, nowMs } = options;
  const found = await readPair(paths);
  if (found !== undefined && !endsSoon(found, nowMs) && isSignedBy(found, authority)) return found;
  const made = await sign(authority, { ...content, key: found?.key }, nowMs);
  await writePair(paths, made);
  return made;
}

function endsSoon({ certificate }: CertificatePair, nowMs: number): boolean {
  return Date.parse(new X509Certificate(certificate).validTo) - nowMs < renewBeforeMs;
}

function isSignedBy({ certificate }: CertificatePair, authority: CertificatePair): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(authority.certificate).publicKey);
}
