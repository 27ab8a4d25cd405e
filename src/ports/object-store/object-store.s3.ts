import type { S3Client } from '@aws-sdk/client-s3';
import { AppError } from '../../core/errors/app-error.ts';
import { boundedRequests } from '../bounded-requests.ts';
import { keyParts } from './object-key.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';

export interface S3ObjectStoreOptions {
  readonly bucket: string;
  /**
   * Stands before every key, with its slash; callers do not see it.
   * @default ''
   */
  readonly prefix?: string;
  /** @default a client that takes region, credentials and `AWS_ENDPOINT_URL_S3` from the environment, as the SDK does */
  readonly client?: S3Client;
}

type Sdk = typeof import('@aws-sdk/client-s3');

interface Connected {
  readonly s3: S3Client;
  readonly sdk: Sdk;
}

/** Objects of an S3 bucket. The SDK is loaded with the first call. Objects above 5 GB are not offered. */
export function makeS3ObjectStore({ bucket, prefix = '', client }: S3ObjectStoreOptions): ObjectStore {
  let connecting: Promise<Connected> | undefined;
  const connected = () => (connecting ??= connect(client));
  const place = (key: string) => {
    keyParts(key);
    return { Bucket: bucket, Key: `${prefix}${key}` };
  };
  const failure = (key: string) => (cause: unknown) => {
    if ((cause as Error).name === 'AbortError') throw cause;
    throw unavailable(`"${prefix}${key}" of bucket ${bucket}: ${reasonOf(cause)}`, cause);
  };
  return {
    async put(key, bytes, { contentType = 'application/octet-stream', signal } = {}) {
      const to = place(key);
      const { s3, sdk } = await connected();
      const command = new sdk.PutObjectCommand({ ...to, Body: bytes, ContentType: contentType });
      await s3.send(command, { abortSignal: signal }).catch(failure(key));
    },
    async get(key, { signal } = {}) {
      const from = place(key);
      const { s3, sdk } = await connected();
      try {
        const { Body } = await s3.send(new sdk.GetObjectCommand(from), { abortSignal: signal });
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (error instanceof sdk.NoSuchKey) return null;
        return failure(key)(error);
      }
    },
    async *list(wanted, { signal } = {}): AsyncGenerator<StoredObject> {
      const { s3, sdk } = await connected();
      let ContinuationToken: string | undefined;
      do {
        const command = new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: `${prefix}${wanted}`,
          ContinuationToken,
        });
        const page = await s3.send(command, { abortSignal: signal }).catch(failure(wanted));
        for (const { Key = '', Size = 0 } of page.Contents ?? []) yield { key: Key.slice(prefix.length), bytes: Size };
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },
    async delete(key, { signal } = {}) {
      const at = place(key);
      const { s3, sdk } = await connected();
      await s3.send(new sdk.DeleteObjectCommand(at), { abortSignal: signal }).catch(failure(key));
    },
  };
}

async function connect(client: S3Client | undefined): Promise<Connected> {
  const sdk = await import('@aws-sdk/client-s3');
  // An endpoint of one's own (MinIO and the like) has one host for all buckets.
  const forcePathStyle = process.env['AWS_ENDPOINT_URL_S3'] !== undefined;
  return { s3: client ?? new sdk.S3Client({ ...boundedRequests, forcePathStyle }), sdk };
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message === '' ? (code ?? cause.name) : `${cause.name} ${cause.message}`;
}

function unavailable(what: string, cause: unknown): AppError {
  return new AppError('EVENTBUS_OBJECT_STORE_UNAVAILABLE', what, { cause });
}
