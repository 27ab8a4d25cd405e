import { describe, expect, test } from '@jest/globals';
import { murmur2, partitionOf } from '../../src/kafka/partitioner.ts';

describe('the partitioner', () => {
  test.each([
    ['21', -973_932_308],
    ['abc', 479_470_107],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ])('hashes "%s" as Kafka’s Java client does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
    expect(partitionOf(key, 50)).toBe((hash & 0x7fff_ffff) % 50);
  });

  test('treats text and its UTF-8 bytes alike', () => {
    for (const key of ['', 'veh-17', 'Ålesund', '自転車', 'x'.repeat(5000), `${'x'.repeat(2000)}é`]) {
      expect(partitionOf(key, 1000)).toBe(partitionOf(Buffer.from(key), 1000));
    }
  });
});
