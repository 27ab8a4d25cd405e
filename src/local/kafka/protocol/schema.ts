import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** How one value travels in one version of a message. */
export interface Codec<T> {
  read(this: void, reader: Reader): T;
  write(this: void, writer: Writer, value: T): void;
}

/** A value's form in every version: `codec` answers undefined where the version does not have it. */
export interface Type<T> {
  /** What a reader gets where the version does not have the value. */
  readonly initial: T;
  /** The tag number when the value travels in the tagged section. */
  readonly tag?: number;
  codec(version: number, flexible: boolean): Codec<T> | undefined;
}

export type ValueOf<F> = F extends Type<infer T> ? T : never;
type Fields = Readonly<Record<string, Type<unknown>>>;
type StructOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Present from `version` on. */
export const since = <T>(version: number, type: Type<T>, initial: T = type.initial): Type<T> =>
  between(version, Number.POSITIVE_INFINITY, { ...type, initial });

/** Present up to and including `version`. */
export const until = <T>(version: number, type: Type<T>): Type<T> => between(0, version, type);

/** Present from `first` to `last`, both included. */
export const between = <T>(first: number, last: number, type: Type<T>): Type<T> => ({
  ...type,
  codec: (version, flexible) => (version >= first && version <= last ? type.codec(version, flexible) : undefined),
});

/** Travels in the tagged section from `version` on; left out while it equals its initial value. */
export const tagged = <T>(tag: number, version: number, type: Type<T>): Type<T> => ({ ...since(version, type), tag });

interface Member {
  readonly name: string;
  readonly initial: unknown;
  readonly codec: Codec<unknown> | undefined;
}

interface TaggedMember extends Member {
  readonly tag: number;
  readonly codec: Codec<unknown>;
}

type Values = Record<string, unknown>;

function readTagged(reader: Reader, members: readonly TaggedMember[], into: Values): void {
  for (let left = reader.unsignedVarint(); left > 0; left--) {
    const tag = reader.unsignedVarint();
    const size = reader.unsignedVarint();
    const end = reader.position + size;
    const member = members.find((candidate) => candidate.tag === tag);
    if (member === undefined) {
      reader.skip(size);
      continue;
    }
    into[member.name] = member.codec.read(reader);
    if (reader.position !== end) throw reader.malformed(`tagged field ${tag} does not have the size it announces`);
  }
}

function writeTagged(writer: Writer, members: readonly TaggedMember[], values: Values): void {
  const present = members.filter((member) => values[member.name] !== member.initial);
  writer.unsignedVarint(present.length);
  for (const member of present) {
    const body = new Writer(64);
    member.codec.write(body, values[member.name]);
    const bytes = body.toBuffer();
    writer.unsignedVarint(member.tag);
    writer.unsignedVarint(bytes.length);
    writer.bytes(bytes);
  }
}

/** A record of named values; the order of the keys is the order on the wire. */
export function struct<F extends Fields>(fields: F): Type<StructOf<F>> {
  const entries = Object.entries(fields);
  const initial = Object.fromEntries(entries.map(([name, type]) => [name, type.initial])) as StructOf<F>;
  return { initial, codec: (version, flexible) => structCodec(entries, version, flexible) as Codec<StructOf<F>> };
}

function structCodec(
  entries: readonly (readonly [string, Type<unknown>])[],
  version: number,
  flexible: boolean,
): Codec<Values> {
  const members = entries.map(([name, type]): Member & { readonly tag?: number } => ({
    name,
    initial: type.initial,
    codec: type.codec(version, flexible),
    ...(type.tag === undefined ? {} : { tag: type.tag }),
  }));
  const plain = members.filter((member) => member.tag === undefined);
  const tags = flexible
    ? members.filter((member): member is TaggedMember => member.tag !== undefined && member.codec !== undefined)
    : [];
  const absent = members.filter((member) => member.tag !== undefined);
  return {
    read(reader) {
      const values: Values = {};
      for (const { name, initial, codec } of plain) values[name] = codec === undefined ? initial : codec.read(reader);
      for (const { name, initial } of absent) values[name] = initial;
      if (flexible) readTagged(reader, tags, values);
      return values;
    },
    write(writer, values) {
      for (const { name, codec } of plain) codec?.write(writer, values[name]);
      if (flexible) writeTagged(writer, tags, values);
    },
  };
}

function readCount(reader: Reader, flexible: boolean): number {
  const count = flexible ? reader.unsignedVarint() - 1 : reader.int32();
  // An element takes at least one byte, so a larger count cannot be true and must not reserve memory.
  if (count > reader.remaining) throw reader.malformed(`an array announces ${count} elements`);
  return count;
}

function writeCount(writer: Writer, flexible: boolean, count: number): void {
  if (flexible) writer.unsignedVarint(count + 1);
  else writer.int32(count);
}

/** A list; null on the wire reads as empty. */
export function array<T>(element: Type<T>): Type<readonly T[]> {
  const nullable = nullableArray(element);
  return {
    initial: [],
    codec(version, flexible) {
      const codec = nullable.codec(version, flexible)!;
      return { read: (reader) => codec.read(reader) ?? [], write: codec.write };
    },
  };
}

/** A list that may be null, which is not the same as empty. */
export function nullableArray<T>(element: Type<T>): Type<readonly T[] | null> {
  return {
    initial: null,
    codec(version, flexible) {
      const codec = element.codec(version, flexible);
      if (codec === undefined) return undefined;
      return {
        read(reader) {
          const count = readCount(reader, flexible);
          if (count < 0) return null;
          const values: T[] = [];
          for (let index = 0; index < count; index++) values.push(codec.read(reader));
          return values;
        },
        write(writer, values) {
          writeCount(writer, flexible, values === null ? -1 : values.length);
          if (values !== null) for (const value of values) codec.write(writer, value);
        },
      };
    },
  };
}
