/** Characters of each byte in a header's array, comma included; bytes are signed, as AWS writes them. */
const charactersOfByte = Uint8Array.from({ length: 256 }, (_, byte) => String((byte << 24) >> 24).length + 1);

/** JSON around a record's variable parts, with room for the longest offset and timestamp. */
const frameOfRecord =
  '{"topic":"","partition":000000,"offset":0000000000000000,"timestamp":0000000000000,"timestampType":"LOG_APPEND_TIME","key":"","value":"","headers":[]},'
    .length;
/** JSON around a header: braces, quotes, colon, brackets, comma. */
const frameOfHeader = '{"":[]},'.length;

/** Characters of the base64 form. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Upper bound of the JSON characters of a record, without its headers. */
export function recordJsonLength(topic: string, keyBytes: number, valueBytes: number): number {
  return frameOfRecord + topic.length + base64Length(Math.max(0, keyBytes)) + base64Length(Math.max(0, valueBytes));
}

/** Upper bound of the JSON characters of a header whose value lies at `start` to `end` of `bytes`. */
export function headerJsonLength(
  bytes: Buffer,
  nameBytes: number,
  value: readonly [start: number, end: number],
): number {
  let characters = frameOfHeader + nameBytes;
  for (let at = value[0]; at < value[1]; at += 1) characters += charactersOfByte[bytes[at] as number] as number;
  return characters;
}
