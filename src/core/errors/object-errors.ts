import type { ErrorEntry } from './entry.ts';

export const objectErrors = {
  EVENTBUS_OBJECT_KEY_INVALID: {
    summary: 'the object key cannot be used',
    remedy: 'Give 1 to 1,024 bytes of UTF-8 without empty parts between slashes, each part at most 255 bytes.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_OBJECT_STORE_UNAVAILABLE: {
    summary: 'the object store does not answer as it should',
    remedy: 'Check that the bucket or folder exists, may be used and has space; the work waits until it does.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_OBJECT_STORE_URL: {
    summary: 'the URL of the object store is not valid',
    remedy: 'Give s3://BUCKET or s3://BUCKET/PREFIX on AWS, file:///FOLDER on one machine.',
    failure: 'dependency',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_OBJECT_${string}`, ErrorEntry>;
