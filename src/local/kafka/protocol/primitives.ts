import type { Reader } from './reader.ts';
import type { Codec, Type } from './schema.ts';
import type { Writer } from './writer.ts';

const fixed = <T>(initial: T, codec: Codec<T>): Type<T> => ({ initial, codec: () => codec });

export const int8 = fixed(0, { read: (reader) => reader.int8(), write: (writer, value) => writer.int8(value) });
export const int16 = fixed(0, { read: (reader) => reader.int16(), write: (writer, value) => writer.int16(value) });
export const int32 = fixed(0, { read: (reader) => reader.int32(), write: (writer, value) => writer.int32(value) });
export const int64 = fixed(0, { read: (reader) => reader.int64(), write: (writer, value) => writer.int64(value) });

export const boolean = fixed<boolean>(false, {
  read: (reader) => reader.int8() !== 0,
  write: (writer, value) => writer.int8(value ? 1 : 0),
});

/** The id that means "none". */
export const zeroUuid = '00000000-0000-0000-0000-000000000000';

export const uuid = fixed<string>(zeroUuid, {
  read: (reader) =>
    reader
      .bytes(16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  write: (writer, value) => writer.bytes(Buffer.from(value.replaceAll('-', ''), 'hex')),
});

function readLength(reader: Reader, flexible: boolean, short: boolean): number {
  if (flexible) return reader.unsignedVarint() - 1;
  return short ? reader.int16() : reader.int32();
}

interface Form {
  readonly flexible: boolean;
  /** Two bytes of length instead of four, in versions that are not flexible. */
  readonly short: boolean;
}

function writeLength(writer: Writer, length: number, { flexible, short }: Form): void {
  if (flexible) writer.unsignedVarint(length + 1);
  else if (short) writer.int16(length);
  else writer.int32(length);
}

/** Text that may be null. */
export const nullableString: Type<string | null> = {
  initial: null,
  codec: (_version, flexible) => ({
    read(reader) {
      const length = readLength(reader, flexible, true);
      return length < 0 ? null : reader.text(length);
    },
    write(writer, value) {
      const length = value === null ? -1 : Buffer.byteLength(value);
      writeLength(writer, length, { flexible, short: true });
      if (value !== null) writer.text(value, length);
    },
  }),
};

/** Text; null on the wire reads as empty. */
export const string: Type<string> = {
  initial: '',
  codec(version, flexible) {
    const codec = nullableString.codec(version, flexible)!;
    return { read: (reader) => codec.read(reader) ?? '', write: codec.write };
  },
};

/** Text in older versions, nullable text from `version` on. */
export const stringNullableFrom = (version: number): Type<string | null> => ({
  initial: null,
  codec: (at, flexible) => {
    const codec = nullableString.codec(at, flexible)!;
    return at >= version ? codec : { read: codec.read, write: (writer, value) => codec.write(writer, value ?? '') };
  },
});

/** Bytes that may be null; reading gives a view of the frame. */
export const nullableBytes: Type<Uint8Array | null> = {
  initial: null,
  codec: (_version, flexible) => ({
    read(reader) {
      const length = readLength(reader, flexible, false);
      return length < 0 ? null : reader.bytes(length);
    },
    write(writer, value) {
      writeLength(writer, value === null ? -1 : value.length, { flexible, short: false });
      if (value !== null) writer.bytes(value);
    },
  }),
};

const none = new Uint8Array(0);

/** Bytes; null on the wire reads as empty. */
export const bytes: Type<Uint8Array> = {
  initial: none,
  codec(version, flexible) {
    const codec = nullableBytes.codec(version, flexible)!;
    return { read: (reader) => codec.read(reader) ?? none, write: codec.write };
  },
};

/** Several pieces that are written one after another as one byte string, without joining them first. */
export const recordPieces: Type<readonly Uint8Array[]> = {
  initial: [],
  codec: (version, flexible) => ({
    read: (reader) => [bytes.codec(version, flexible)!.read(reader)],
    write(writer, pieces) {
      let length = 0;
      for (const piece of pieces) length += piece.length;
      writeLength(writer, length, { flexible, short: false });
      for (const piece of pieces) writer.bytes(piece);
    },
  }),
};
