import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors/app-error.ts';
import { makeFolderObjectStore } from './object-store.folder.ts';
import { makeS3ObjectStore } from './object-store.s3.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * The store that a URL names: `s3://BUCKET`, `s3://BUCKET/PREFIX` or `file:///FOLDER`.
 * @throws AppError EVENTBUS_OBJECT_STORE_URL
 */
export function objectStoreFromUrl(text: string): ObjectStore {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'file:' && url.host === '') return makeFolderObjectStore({ directory: fileURLToPath(url) });
  if (url?.protocol === 's3:' && url.host !== '') {
    const path = decodeURIComponent(url.pathname).replaceAll(/^\/|\/$/g, '');
    return makeS3ObjectStore({ bucket: url.host, prefix: path === '' ? '' : `${path}/` });
  }
  throw new AppError('EVENTBUS_OBJECT_STORE_URL', `got "${text}"`);
}
