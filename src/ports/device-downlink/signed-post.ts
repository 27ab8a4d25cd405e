import { makeSigner, type Signing, sha256, signatureAlgorithm } from '../../kafka/signature-v4.ts';

/** A POST request to an AWS service before it is signed. */
export interface UnsignedPost extends Signing {
  readonly url: URL;
  readonly body: string;
}

/**
 * Headers that sign a POST by AWS Signature Version 4: host, date, body and, with temporary keys, the session token. The
 * path is encoded once more than it is sent, as every service but S3 wants it.
 */
export function signedHeaders(post: UnsignedPost): Record<string, string> {
  const { url, body, credentials } = post;
  const signer = makeSigner(post);
  const payloadHash = sha256(body);
  const sent: Record<string, string> = {
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': signer.time,
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
  return {
    ...sent,
    authorization: `${signatureAlgorithm} Credential=${signer.credential}, SignedHeaders=${names.join(';')}, Signature=${signer.sign(canonical)}`,
  };
}
