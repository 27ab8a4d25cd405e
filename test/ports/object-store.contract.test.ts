import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { objectStoreCases } from '../../src/ports/object-store/object-store.cases.ts';
import { makeFolderObjectStore } from '../../src/ports/object-store/object-store.folder.ts';
import { objectStoreFromUrl } from '../../src/ports/object-store/object-store.from-url.ts';
import { makeS3ObjectStore } from '../../src/ports/object-store/object-store.s3.ts';
import { s3Client, startS3Endpoint } from '../make/s3-endpoint.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

objectStoreCases('a folder', async () => {
  const folder = temporaryDirectory();
  const directory = join(folder.path, 'objects');
  return {
    store: makeFolderObjectStore({ directory }),
    reopen: () => makeFolderObjectStore({ directory }),
    close: async () => folder.remove(),
  };
});

objectStoreCases('S3’s protocol, answered from memory', async () => {
  const s3 = await startS3Endpoint();
  const open = () => makeS3ObjectStore({ bucket: 'objects', prefix: 'bus/', client: s3.client });
  return { store: open(), reopen: open, close: () => s3.close() };
});

describe('the folder of objects', () => {
  test('shows an object as a file under its key, and leaves nothing unfinished behind', async () => {
    const folder = temporaryDirectory();
    const store = makeFolderObjectStore({ directory: folder.path });
    await store.put('dead-letters/cleaner/1.json', Buffer.from('{}'));
    expect(readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
      '.unfinished',
      'dead-letters',
      'dead-letters/cleaner',
      'dead-letters/cleaner/1.json',
    ]);
    folder.remove();
  });

  test('removes what a killed program left unfinished an hour ago, and nothing younger', async () => {
    const folder = temporaryDirectory();
    const unfinished = join(folder.path, '.unfinished');
    mkdirSync(unfinished);
    for (const name of ['old', 'young']) writeFileSync(join(unfinished, name), 'half');
    utimesSync(join(unfinished, 'old'), new Date(), new Date(Date.now() - 2 * 3_600_000));
    await makeFolderObjectStore({ directory: folder.path }).put('a', Buffer.from('x'));
    expect(readdirSync(unfinished)).toEqual(['young']);
    folder.remove();
  });

  test('that cannot be made is a dependency failure, and is tried again', async () => {
    const folder = temporaryDirectory();
    const blocked = join(folder.path, 'file');
    writeFileSync(blocked, 'no folder');
    const store = makeFolderObjectStore({ directory: join(blocked, 'objects') });
    for (let round = 0; round < 2; round += 1) {
      await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({
        code: 'EVENTBUS_OBJECT_STORE_UNAVAILABLE',
        failure: 'dependency',
      });
    }
    folder.remove();
  });
});

describe('a bucket', () => {
  test('holds the objects below the prefix, with their media type', async () => {
    const s3 = await startS3Endpoint();
    await makeS3ObjectStore({ bucket: 'one', prefix: 'bus/', client: s3.client }).put('a', Buffer.from('{}'), {
      contentType: 'application/json',
    });
    expect([...s3.contentTypes]).toEqual([['one/bus/a', 'application/json']]);
    await s3.close();
  });

  test('that is away is a dependency failure which names it', async () => {
    const client = s3Client('http://127.0.0.1:1');
    const store = makeS3ObjectStore({ bucket: 'gone', client });
    const failed = store.get('a');
    await expect(failed).rejects.toMatchObject({ code: 'EVENTBUS_OBJECT_STORE_UNAVAILABLE', failure: 'dependency' });
    await expect(failed).rejects.toThrow('bucket gone');
    client.destroy();
  });
});

describe('the URL of an object store', () => {
  test('names a folder', async () => {
    const folder = temporaryDirectory();
    const store = objectStoreFromUrl(pathToFileURL(join(folder.path, 'with blank')).href);
    await store.put('a', Buffer.from('x'));
    expect(readdirSync(join(folder.path, 'with blank'))).toContain('a');
    folder.remove();
  });

  test.each(['', 'folder', '/folder', 's3:bucket', 'https://bucket', 'file://host/folder'])(
    'is refused when it is %j',
    (url) => {
      expect(() => objectStoreFromUrl(url)).toThrow(`got "${url}"`);
    },
  );
});
