import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from './aws-credentials.ts';

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
export interface PresignRequest {
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly scope: { readonly region: string; readonly service: string };
  readonly credentials: AwsCredentials;
  readonly now: Date;
  readonly validSeconds: number;
  /** SHA-256 of the body as hexadecimal digits, or the service's word for "not signed". */
  readonly payloadHash: string;
}

/** A GET request signed in its query, by AWS Signature Version 4; the host is the one signed header. */
export function presignedUrl(request: PresignRequest): string {
  const { host, path, scope, credentials } = request;
  const time = request.now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const scopeText = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const query = canonicalQuery({
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scopeText}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(request.validSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
  });
  const canonical = ['GET', path, query, `host:${host}`, '', 'host', request.payloadHash].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scopeText, sha256(canonical)].join('\n');
  const key = [day, scope.region, scope.service, 'aws4_request'].reduce<Buffer | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  return `https://${host}${path}?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
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

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
