import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from '../../kafka/aws-credentials.ts';

/** A POST request to an AWS service before it is signed. */
export interface UnsignedPost {
  readonly url: URL;
  readonly body: string;
  readonly scope: { readonly region: string; readonly service: string };
  readonly credentials: AwsCredentials;
  readonly now: Date;
}

/**
 * Headers that sign a POST by AWS Signature Version 4: host, date, body and, with temporary keys, the session token. The
 * path is encoded once more than it is sent, as every service but S3 wants it.
 */
export function signedHeaders({ url, body, scope, credentials, now }: UnsignedPost): Record<string, string> {
  const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const payloadHash = sha256(body);
  const sent: Record<string, string> = {
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': time,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const signed: Readonly<Record<string, string>> = { host: url.host, ...sent };
  const names = Object.keys(signed).sort();
  const canonical = [
    'POST',
    url.pathname.split('/').map(encodeURIComponent).join('/'),
    [...url.searchParams]
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${signed[name]}`),
    '',
    names.join(';'),
    payloadHash,
  ].join('\n');
  const day = time.slice(0, 8);
  const scopeText = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scopeText, sha256(canonical)].join('\n');
  const key = [day, scope.region, scope.service, 'aws4_request'].reduce<Buffer | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scopeText}, SignedHeaders=${names.join(';')}, Signature=${hmac(key, toSign).toString('hex')}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
