/**
 * Positions that clients keep: which records of the feeding topics a connection has had. A position is one place for all
 * rooms of a connection, except for rooms that were still catching up when it was made; those have places of their own.
 */

/** Next offset of every partition, by topic code. */
export type Place = ReadonlyMap<number, readonly number[]>;

export interface Position {
  readonly place: Place;
  /** Places of rooms that were not as far as the rest. */
  readonly rooms: ReadonlyMap<string, Place>;
}

const version = 1;
const maxTopics = 32;
const maxPartitions = 4_096;
const maxRooms = 128;
const maxRoomLength = 160;

/** Longest text of a position that is looked at. */
export const maxPositionLength = 65_536;

/** A position as text for clients: URL-safe, opaque to them. */
export function encodePosition({ place, rooms }: Position): string {
  const bytes: number[] = [version];
  const places = [...new Set(rooms.values())];
  writePlace(bytes, place);
  writeNumber(bytes, places.length);
  for (const other of places) writePlace(bytes, other);
  writeNumber(bytes, rooms.size);
  for (const [room, other] of rooms) {
    const name = new TextEncoder().encode(room);
    writeNumber(bytes, places.indexOf(other));
    writeNumber(bytes, name.length);
    bytes.push(...name);
  }
  const text = btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Reads what {@link encodePosition} wrote; undefined for anything else. */
export function decodePosition(text: string): Position | undefined {
  if (text.length > maxPositionLength || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const input = { bytes: Uint8Array.from(binary, (character) => character.charCodeAt(0)), at: 0 };
    const position = readPosition(input);
    return input.at === input.bytes.length ? position : undefined;
  } catch {
    return undefined;
  }
}

interface Input {
  readonly bytes: Uint8Array;
  at: number;
}

function readPosition(input: Input): Position {
  if (readNumber(input) !== version) throw new RangeError('another version');
  const place = readPlace(input);
  const places = Array.from({ length: readCount(input, maxRooms) }, () => readPlace(input));
  const rooms = new Map<string, Place>();
  for (let left = readCount(input, maxRooms); left > 0; left -= 1) {
    const other = places[readNumber(input)];
    const length = readCount(input, maxRoomLength);
    const end = input.at + length;
    if (other === undefined || end > input.bytes.length) throw new RangeError('cut short');
    rooms.set(new TextDecoder('utf-8', { fatal: true }).decode(input.bytes.subarray(input.at, end)), other);
    input.at = end;
  }
  return { place, rooms };
}

function writePlace(bytes: number[], place: Place): void {
  writeNumber(bytes, place.size);
  for (const [code, offsets] of place) {
    writeNumber(bytes, code);
    writeNumber(bytes, offsets.length);
    for (const offset of offsets) writeNumber(bytes, offset);
  }
}

function readPlace(input: Input): Place {
  const place = new Map<number, readonly number[]>();
  for (let left = readCount(input, maxTopics); left > 0; left -= 1) {
    const code = readNumber(input);
    const partitions = readCount(input, maxPartitions);
    place.set(
      code,
      Array.from({ length: partitions }, () => readNumber(input)),
    );
  }
  return place;
}

/** Seven bits a byte, the lowest first; divided, not shifted, because offsets go beyond 32 bits. */
function writeNumber(bytes: number[], value: number): void {
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
}

function readNumber(input: Input): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = input.bytes[input.at];
    if (byte === undefined || scale > 2 ** 49) throw new RangeError('no number');
    input.at += 1;
    value += (byte % 128) * scale;
    if (byte < 128) break;
  }
  if (!Number.isSafeInteger(value)) throw new RangeError('no offset');
  return value;
}

function readCount(input: Input, most: number): number {
  const count = readNumber(input);
  if (count > most) throw new RangeError('too many');
  return count;
}
