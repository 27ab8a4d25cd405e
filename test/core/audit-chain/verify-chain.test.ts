import { describe, expect, test } from '@jest/globals';
import { emptyChain } from '../../../src/core/audit-chain/chain.ts';
import {
  type ChainReading,
  closeChain,
  type ReadLink,
  readLink,
  unreadChain,
} from '../../../src/core/audit-chain/verify-chain.ts';

const hash = (sequence: number) => String(sequence).padStart(64, 'a');

/** Entry of a sound chain, at the offset of its place. */
const link = (sequence: number, given: Partial<ReadLink> = {}): ReadLink => ({
  sequence,
  previousHash: sequence === 1 ? emptyChain.hash : hash(sequence - 1),
  hash: hash(sequence),
  computedHash: hash(sequence),
  place: { topic: 'safety.audit.v1', partition: 3, offset: 100 + sequence },
  ...given,
});

function read(links: readonly ReadLink[], mayBeginLate = false): ChainReading {
  let reading: ChainReading = unreadChain;
  for (const one of links) reading = readLink(reading, one, mayBeginLate);
  return reading;
}

describe('a chain', () => {
  test('is whole when every entry builds on the one before', () => {
    expect(read([1, 2, 3].map((n) => link(n)))).toMatchObject({ entries: 3, first: 1, copies: 0, broken: null });
  });

  test('may hold second copies, which a writer leaves behind that crashed and began again', () => {
    const reading = read([link(1), link(2), link(1), link(2), link(3)]);
    expect(reading).toMatchObject({ entries: 3, copies: 2, broken: null });
  });

  test('may begin late where the topic has given records up, and nowhere else', () => {
    expect(read([link(7), link(8)], true)).toMatchObject({ first: 7, entries: 2, broken: null });
    expect(read([link(7), link(8)]).broken).toMatchObject({ kind: 'removed', sequence: 7 });
  });

  test.each<[string, readonly ReadLink[], object]>([
    [
      'an entry was changed',
      [link(1), link(2, { computedHash: hash(99) }), link(3)],
      { kind: 'altered', sequence: 2, place: { topic: 'safety.audit.v1', partition: 3, offset: 102 } },
    ],
    ['an entry was removed', [link(1), link(3)], { kind: 'removed', sequence: 3, place: link(3).place }],
    [
      'an entry was exchanged with its hash',
      [link(1), link(2, { hash: hash(50), computedHash: hash(50) }), link(3)],
      { kind: 'unlinked', sequence: 3 },
    ],
    [
      'two entries have one place',
      [link(1), link(2), link(2, { hash: hash(50), computedHash: hash(50) })],
      { kind: 'forked', sequence: 2 },
    ],
    ['the first entry builds on something', [link(1, { previousHash: hash(4) })], { kind: 'unlinked', sequence: 1 }],
  ])('is broken at the first entry that is wrong when %s', (_what, links, broken) => {
    expect(read(links).broken).toMatchObject(broken);
  });

  test('names the first break only: what follows builds on it', () => {
    const reading = read([link(1), link(3), link(4, { computedHash: hash(9) })]);
    expect(reading.broken).toMatchObject({ kind: 'removed', sequence: 3 });
    expect(reading.entries).toBe(1);
  });

  test('is cut when its writer remembers more than there is', () => {
    const reading = read([link(1), link(2)]);
    expect(closeChain(reading, { sequence: 2, hash: hash(2) }).broken).toBeNull();
    expect(closeChain(reading, null).broken).toBeNull();
    expect(closeChain(reading, { sequence: 4, hash: hash(4) }).broken).toMatchObject({
      kind: 'cut',
      sequence: 3,
      place: link(2).place,
      finding: 'entries 3 to 4 are gone from the end; the writer has come to 4',
    });
  });

  test('is forked when its writer remembers its last entry otherwise: the whole end was written anew', () => {
    const closed = closeChain(read([link(1), link(2)]), { sequence: 2, hash: hash(77) });
    expect(closed.broken).toMatchObject({ kind: 'forked', sequence: 2 });
  });
});
