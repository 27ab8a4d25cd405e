import { AppError } from '../core/errors/app-error.ts';

/**
 * Columns of many rows as PostgreSQL's binary arrays, for `unnest($1::uuid[], …)`. Binary saves both sides from
 * printing and parsing numbers and from quoting texts. Name the type in the statement: the bytes do not say it twice.
 */

const oid = { int4: 23, int8: 20, float8: 701, text: 25, uuid: 2950, timestamptz: 1184 } as const;

const headerBytes = 20;
const epoch2000Ms = 946_684_800_000;
const absent = -1;

function header(elementOid: number, length: number, dataBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(length === 0 ? 12 : headerBytes + dataBytes);
  bytes.writeInt32BE(length === 0 ? 0 : 1, 0);
  bytes.writeInt32BE(1, 4);
  bytes.writeInt32BE(elementOid, 8);
  if (length === 0) return bytes;
  bytes.writeInt32BE(length, 12);
  bytes.writeInt32BE(1, 16);
  return bytes;
}

interface Fixed<T> {
  readonly oid: number;
  readonly size: number;
  readonly write: (bytes: Buffer, value: T, at: number) => void;
}

function fixedArray<T>(values: readonly (T | null)[], { oid, size, write }: Fixed<T>): Buffer {
  const bytes = header(oid, values.length, values.length * (4 + size));
  let at = headerBytes;
  for (const value of values) {
    if (value === null) {
      bytes.writeInt32BE(absent, at);
      at += 4;
      continue;
    }
    bytes.writeInt32BE(size, at);
    write(bytes, value, at + 4);
    at += 4 + size;
  }
  return values.length === 0 ? bytes : bytes.subarray(0, at);
}

function writeInt8(bytes: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 2 ** 32);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * 2 ** 32, at + 4);
}

/** `float8[]`; NaN and infinities are kept. */
export function float8Array(values: readonly (number | null)[]): Buffer {
  return fixedArray(values, {
    oid: oid.float8,
    size: 8,
    write: (bytes, value, at) => bytes.writeDoubleBE(value, at),
  });
}

/**
 * `int8[]` of integers that a number holds exactly.
 * @throws AppError EVENTBUS_POSTGRES_DATA_REJECTED
 */
export function int8Array(values: readonly (number | null)[]): Buffer {
  return fixedArray(values, {
    oid: oid.int8,
    size: 8,
    write: (bytes, value, at) => {
      if (!Number.isSafeInteger(value)) {
        throw new AppError('EVENTBUS_POSTGRES_DATA_REJECTED', `${value} is no exact integer for a bigint column`);
      }
      writeInt8(bytes, value, at);
    },
  });
}

/**
 * `int4[]`.
 * @throws AppError EVENTBUS_POSTGRES_DATA_REJECTED beyond 32 bits
 */
export function int4Array(values: readonly (number | null)[]): Buffer {
  return fixedArray(values, {
    oid: oid.int4,
    size: 4,
    write: (bytes, value, at) => {
      if ((value | 0) !== value) {
        throw new AppError('EVENTBUS_POSTGRES_DATA_REJECTED', `${value} does not fit an integer column`);
      }
      bytes.writeInt32BE(value, at);
    },
  });
}

/** Times that both a number of microseconds and PostgreSQL hold exactly: years 1715 to 2285. */
const maxMicroseconds = Number.MAX_SAFE_INTEGER;

/**
 * `timestamptz[]` of ms since 1970-01-01 UTC.
 * @throws AppError EVENTBUS_POSTGRES_DATA_REJECTED outside the years 1715 to 2285
 */
export function timestamptzArray(valuesMs: readonly (number | null)[]): Buffer {
  return fixedArray(valuesMs, {
    oid: oid.timestamptz,
    size: 8,
    write: (bytes, value, at) => {
      const microseconds = (value - epoch2000Ms) * 1000;
      if (!(Math.abs(microseconds) <= maxMicroseconds)) {
        throw new AppError('EVENTBUS_POSTGRES_DATA_REJECTED', `time ${value} ms lies outside the years 1715 to 2285`);
      }
      writeInt8(bytes, Math.round(microseconds), at);
    },
  });
}

/** `uuid[]` of UUIDs in text form, any letter case; anything else is the caller's mistake. */
export function uuidArray(values: readonly string[]): Buffer {
  return fixedArray(values, {
    oid: oid.uuid,
    size: 16,
    write: (bytes, value, at) => {
      if (value.length !== 36 || bytes.write(value.replaceAll('-', ''), at, 16, 'hex') !== 16) {
        throw new AppError('EVENTBUS_POSTGRES_DATA_REJECTED', 'an event id is not a UUID');
      }
    },
  });
}

/** `text[]`. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let size = 0;
  // Three bytes a UTF-16 unit is the most UTF-8 takes; asking for the true length costs more than the room.
  for (const value of values) size += 4 + (value === null ? 0 : value.length * 3);
  const bytes = header(oid.text, values.length, size);
  if (values.length === 0) return bytes;
  let at = headerBytes;
  for (const value of values) {
    const written = value === null ? absent : bytes.write(value, at + 4, 'utf8');
    bytes.writeInt32BE(written, at);
    at += 4 + Math.max(written, 0);
  }
  return bytes.subarray(0, at);
}
