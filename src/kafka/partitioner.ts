const seed = 0x9747_b28c;
const multiplier = 0x5bd1_e995;

/** Murmur2 as Kafka's Java client computes it, a signed 32-bit number; all clients must agree on it. */
export function murmur2(bytes: Uint8Array, length: number = bytes.length): number {
  let hash = seed ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const word = byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16);
    let mixed = Math.imul(word | (byteAt(bytes, at + 3) << 24), multiplier);
    mixed ^= mixed >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(mixed, multiplier);
  }
  const rest = length - at;
  if (rest === 3) hash ^= byteAt(bytes, at + 2) << 16;
  if (rest >= 2) hash ^= byteAt(bytes, at + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byteAt(bytes, at), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

let scratch = Buffer.alloc(1024);

/** Partition of a key: the one that Kafka's Java client chooses. */
export function partitionOf(key: Buffer | string, partitions: number): number {
  return (hashOf(key) & 0x7fff_ffff) % partitions;
}

function hashOf(key: Buffer | string): number {
  if (typeof key !== 'string') return murmur2(key);
  if (key.length * 3 > scratch.length) scratch = Buffer.alloc(key.length * 3);
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    if (code > 0x7f) return murmur2(scratch, scratch.write(key, 0));
    scratch[index] = code;
  }
  return murmur2(scratch, key.length);
}
