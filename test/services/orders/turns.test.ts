import { describe, expect, test } from '@jest/globals';
import { makeTurns } from '../../../src/services/orders/turns.ts';

const longMs = 60_000;

/** Work that ends when a test says so, and tells when it begins. */
function scripted() {
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const work = (label: string) => () =>
    new Promise<string>((resolve, reject) => {
      begun.push(label);
      ends.set(label, (error) => (error === undefined ? resolve(label) : reject(error)));
    });
  return { begun, work, end: (label: string, error?: Error) => ends.get(label)?.(error) };
}

/** Lets everything run that waits for nothing from outside. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  test('come one after another for one name, and at once for others', async () => {
    const turns = makeTurns(longMs);
    const { begun, work, end } = scripted();
    const all = [turns('p1', work('a')), turns('p1', work('b')), turns('p2', work('c')), turns('p1', work('d'))];
    await settle();
    expect(begun).toEqual(['a', 'c']);
    end('a');
    await settle();
    expect(begun).toEqual(['a', 'c', 'b']);
    end('b');
    await settle();
    end('c');
    end('d');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('go on behind work that failed, whose caller hears why', async () => {
    const turns = makeTurns(longMs);
    const { begun, work, end } = scripted();
    const first = turns('p1', work('a'));
    const second = turns('p1', work('b'));
    end('a', new Error('conflict'));
    await expect(first).rejects.toThrow('conflict');
    await settle();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    expect(await second).toBe('b');
  });

  test('are not waited for without end', async () => {
    const turns = makeTurns(1);
    const { work, end } = scripted();
    const stuck = turns('p1', work('a'));
    expect(await turns('p1', async () => 'tried all the same')).toBe('tried all the same');
    end('a');
    await stuck;
  });
});
