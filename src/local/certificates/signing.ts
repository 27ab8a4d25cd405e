import 'reflect-metadata';
import { createPublicKey, randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { CertificatePair } from './certificate-files.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** Clocks of devices lag: a certificate is valid from a little before its making. */
const backdateMs = 3_600_000;

cryptoProvider.set(webcrypto);

type Key = webcrypto.CryptoKey;

/** What a new certificate says. */
export interface CertificateContent {
  /** Distinguished name, such as `CN=car-1`. */
  readonly subject: string;
  readonly days: number;
  readonly use: 'server' | 'client';
  /** Private key to keep, PEM. @default a new one */
  readonly key?: string | undefined;
  /** Names and addresses of a server. */
  readonly hosts?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[];
}

/** A self-signed authority, valid for ten years; with `key` it keeps that key. */
export async function makeAuthority(subject: string, nowMs: number, key?: string): Promise<CertificatePair> {
  const keys = key === undefined ? await newKeys() : await keysOf(key);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject,
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(nowMs + 3_650 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: keys.pem, certificate: `${certificate.toString('pem')}\n` };
}

/** A certificate signed by the authority, for the key in `content` or a new one. */
export async function sign(
  authority: CertificatePair,
  content: CertificateContent,
  nowMs: number,
): Promise<CertificatePair> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = content.key === undefined ? await newKeys() : await keysOf(content.key);
  const signer = await keysOf(authority.key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: content.subject,
    issuer: issuer.subject,
    notBefore: new Date(nowMs - backdateMs),
    notAfter: new Date(Math.min(nowMs + content.days * dayMs, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    extensions: await extensionsOf(content, { issuer, publicKey: keys.publicKey }),
  });
  return { key: keys.pem, certificate: `${certificate.toString('pem')}\n` };
}

interface Parties {
  readonly issuer: X509Certificate;
  readonly publicKey: Key;
}

async function extensionsOf(content: CertificateContent, parties: Parties): Promise<Extension[]> {
  const use = content.use === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([use]),
    ...(content.hosts === undefined ? [] : [new SubjectAlternativeNameExtension([...content.hosts])]),
    await SubjectKeyIdentifierExtension.create(parties.publicKey),
    await AuthorityKeyIdentifierExtension.create(parties.issuer),
  ];
}

/** Random, positive, 127 bits. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] as number) & 0x7f;
  return bytes.toString('hex');
}

interface Keys {
  readonly privateKey: Key;
  readonly publicKey: Key;
  readonly pem: string;
}

async function newKeys(): Promise<Keys> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { ...keys, pem: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n` };
}

async function keysOf(pem: string): Promise<Keys> {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), algorithm, false, ['sign']),
    webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  ]);
  return { privateKey, publicKey, pem };
}
