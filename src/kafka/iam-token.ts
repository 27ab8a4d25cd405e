import type { AwsCredentials } from './aws-credentials.ts';
import { makeSigner, type Signing, sha256, signatureAlgorithm } from './signature-v4.ts';

const validSeconds = 900;

/**
 * Token that MSK takes as SASL/OAUTHBEARER: the base64url form of a URL for `kafka-cluster:Connect`, signed with
 * Signature Version 4 in its query and valid for 15 minutes.
 */
export function iamToken(region: string, credentials: AwsCredentials, now: Date): string {
  const url = presignedUrl({
    host: `kafka.${region}.amazonaws.com`,
    path: '/',
    query: { Action: 'kafka-cluster:Connect' },
    scope: { region, service: 'kafka-cluster' },
    credentials,
    now,
    validSeconds,
    payloadHash: sha256(''),
  });
  return Buffer.from(`${url}&User-Agent=event-bus`).toString('base64url');
}

/** What a presigned GET consists of. */
export interface PresignRequest extends Signing {
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly validSeconds: number;
  /** SHA-256 of the body as hexadecimal digits, or the service's word for "not signed". */
  readonly payloadHash: string;
}

/** A GET request signed in its query, by AWS Signature Version 4; the host is the one signed header. */
export function presignedUrl(request: PresignRequest): string {
  const { host, path, credentials } = request;
  const signer = makeSigner(request);
  const query = canonicalQuery({
    ...request.query,
    'X-Amz-Algorithm': signatureAlgorithm,
    'X-Amz-Credential': signer.credential,
    'X-Amz-Date': signer.time,
    'X-Amz-Expires': String(request.validSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
  });
  const canonical = ['GET', path, query, `host:${host}`, '', 'host', request.payloadHash].join('\n');
  return `https://${host}${path}?${query}&X-Amz-Signature=${signer.sign(canonical)}`;
}

function canonicalQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
