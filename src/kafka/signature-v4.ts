import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from './aws-credentials.ts';

/** For what, by whom and when a request is signed. */
export interface Signing {
  readonly scope: { readonly region: string; readonly service: string };
  readonly credentials: AwsCredentials;
  readonly now: Date;
}

/** AWS Signature Version 4 at one time: what goes into a request beforehand, and the signature of its canonical form. */
export interface Signer {
  /** Such as `20261101T100000Z`. */
  readonly time: string;
  /** Access key with its scope. */
  readonly credential: string;
  /** Hexadecimal digits. */
  sign(canonicalRequest: string): string;
}

/** Name of the algorithm, as requests tell it. */
export const signatureAlgorithm = 'AWS4-HMAC-SHA256';

export function makeSigner({ scope: { region, service }, credentials, now }: Signing): Signer {
  const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  return {
    time,
    credential: [credentials.accessKeyId, ...scope].join('/'),
    sign(canonicalRequest) {
      const toSign = [signatureAlgorithm, time, scope.join('/'), sha256(canonicalRequest)].join('\n');
      const key = scope.reduce<Buffer | string>(hmac, `AWS4${credentials.secretAccessKey}`);
      return hmac(key, toSign).toString('hex');
    },
  };
}

/** Hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
