import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObjectStore, StoredObject } from './object-store.ts';

/** A store under test; `reopen` gives another one on the same objects, as after a restart. */
export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  reopen(): ObjectStore;
  close(): Promise<void>;
}

async function listed(store: ObjectStore, prefix: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of store.list(prefix)) found.push(object);
  return found;
}

/** What every object store must do. */
export function objectStoreCases(name: string, start: () => Promise<ObjectStoreUnderTest>): void {
  describe(`the object store on ${name}`, () => {
    let under: ObjectStoreUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.close());
    beforeEach(async () => {
      for (const { key } of await listed(under.store, '')) await under.store.delete(key);
    });
    contentCases(() => under);
    listingCases(() => under);
    keyCases(() => under);
  });
}

function contentCases(under: () => ObjectStoreUnderTest): void {
  test('gives back the bytes that were put, also to a store opened later', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    await under().store.put('letters/one', bytes, { contentType: 'application/json' });
    expect(await under().store.get('letters/one')).toEqual(bytes);
    expect(await under().reopen().get('letters/one')).toEqual(bytes);
  });

  test('keeps an object of 3 MB byte for byte, and an empty one', async () => {
    const large = Buffer.alloc(3_000_000, 'the quick brown fox ');
    await under().store.put('large', large);
    await under().store.put('empty', Buffer.alloc(0));
    expect((await under().store.get('large'))?.equals(large)).toBe(true);
    expect(await under().store.get('empty')).toEqual(Buffer.alloc(0));
  });

  test('answers null for a key that has no object', async () => {
    expect(await under().store.get('nothing/here')).toBeNull();
  });

  test('replaces the object of a key', async () => {
    await under().store.put('a', Buffer.from('first, and longer'));
    await under().store.put('a', Buffer.from('second'));
    expect((await under().store.get('a'))?.toString()).toBe('second');
    expect(await listed(under().store, '')).toEqual([{ key: 'a', bytes: 6 }]);
  });

  test('removes an object, and does not mind one that is not there', async () => {
    await under().store.put('a/b', Buffer.from('x'));
    await under().store.delete('a/b');
    await under().store.delete('a/b');
    expect(await under().store.get('a/b')).toBeNull();
    expect(await listed(under().store, '')).toEqual([]);
  });

  test('shows a reader the old object or the new one, never a part', async () => {
    const [old, next] = [Buffer.alloc(200_000, 'o'), Buffer.alloc(300_000, 'n')];
    await under().store.put('changing', old);
    const writing = (async () => {
      for (let round = 0; round < 10; round += 1) await under().store.put('changing', round % 2 === 0 ? next : old);
    })();
    for (let round = 0; round < 20; round += 1) {
      const seen = await under().store.get('changing');
      expect(seen?.equals(old) === true || seen?.equals(next) === true).toBe(true);
    }
    await writing;
  });
}

function listingCases(under: () => ObjectStoreUnderTest): void {
  test('lists what begins with a prefix by the bytes of the keys', async () => {
    const keys = ['b/1', 'b-1', 'b/10', 'b/2', 'a', 'b0', 'c/d/e', 'é'];
    for (const key of keys) await under().store.put(key, Buffer.from(key));
    const all = (await listed(under().store, '')).map(({ key }) => key);
    expect(all).toEqual(['a', 'b-1', 'b/1', 'b/10', 'b/2', 'b0', 'c/d/e', 'é']);
    expect(await listed(under().store, 'b/1')).toEqual([
      { key: 'b/1', bytes: 3 },
      { key: 'b/10', bytes: 4 },
    ]);
    expect(await listed(under().store, 'nothing/')).toEqual([]);
  });

  test('lists more objects than one page holds', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `page/${String(index).padStart(3, '0')}`);
    await Promise.all(keys.map((key) => under().store.put(key, Buffer.from('x'))));
    expect((await listed(under().store, 'page/')).map(({ key }) => key)).toEqual(keys);
  });
}

function keyCases(under: () => ObjectStoreUnderTest): void {
  test('takes keys with any characters, also those that lead out of a folder', async () => {
    const keys = ['../up', 'a/../b', './dot', '.hidden', 'blank and:colon*?"<>|', 'per%cent%2F', 'ключ/鍵'];
    for (const key of keys) await under().store.put(key, Buffer.from(key));
    for (const key of keys) expect((await under().store.get(key))?.toString()).toBe(key);
    expect((await listed(under().store, '')).map(({ key }) => key)).toEqual(
      keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
    );
  });

  test.each(['', '/a', 'a/', 'a//b', 'x'.repeat(256), 'y/'.repeat(600) + 'z'])('refuses the key %j', async (key) => {
    const refused = { code: 'EVENTBUS_OBJECT_KEY_INVALID', failure: 'poison' };
    await expect(under().store.put(key, Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(async () => under().store.get(key)).rejects.toMatchObject(refused);
  });
}
