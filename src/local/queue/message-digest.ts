import { createHash } from 'node:crypto';

/** A message attribute of the SQS JSON protocol; binary values are base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export function md5(bytes: string | Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

/**
 * Digest of message attributes as the SQS developer guide defines it: attributes by name in ascending order, each as
 * length and bytes of name, data type and value, with one byte that says whether the value is text (1) or binary (2).
 */
export function attributesMd5(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const parts: Buffer[] = [];
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  };
  const byName = Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1));
  for (const [name, { DataType, StringValue, BinaryValue }] of byName) {
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    const binary = DataType.startsWith('Binary');
    parts.push(Buffer.from([binary ? 2 : 1]));
    add(binary ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? ''));
  }
  return md5(Buffer.concat(parts));
}
