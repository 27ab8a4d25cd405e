import { createHash } from 'node:crypto';

/** Name-based UUID (RFC 9562 version 5, SHA-1) of a name within a namespace. */
export type NameBasedUuid = (name: string) => string;

/** UUIDs within one namespace, itself a UUID in text form. */
export function uuidsIn(namespace: string): NameBasedUuid {
  const prefix = Buffer.from(namespace.replaceAll('-', ''), 'hex');
  return (name) => formatted(createHash('sha1').update(prefix).update(name).digest());
}

function formatted(hash: Buffer): string {
  hash[6] = (hash.readUInt8(6) & 0x0f) | 0x50;
  hash[8] = (hash.readUInt8(8) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
