import { type CloudEventAttributes, fromHeaders } from './cloud-event.ts';

/** A header's value as clients hand it over: bytes, or an array of byte numbers (0 to 255, or -128 to 127). */
export type HeaderValue = Uint8Array | readonly number[];

/** One header of a record: its name and value; the name may be bytes too. */
export type HeaderBytes = readonly [name: string | Uint8Array, value: HeaderValue | null];

/** A header as Lambda delivers it: an object with one property, the name, whose value is an array of byte numbers. */
export type LambdaHeader = Readonly<Record<string, readonly number[]>>;

/** Attributes of a record in binary mode, from headers as a Kafka client hands them over. The first of a name counts. */
export function fromHeaderList(list: Iterable<HeaderBytes>): CloudEventAttributes {
  return fromHeaders(headerGetter(list));
}

/** Attributes of a record in binary mode, from headers as an MSK event has them. */
export function fromLambdaHeaders(list: readonly LambdaHeader[]): CloudEventAttributes {
  return fromHeaders(lambdaHeaderGetter(list));
}

/** Looks headers up by name; values become text only when asked for. */
export function headerGetter(list: Iterable<HeaderBytes>): (name: string) => string | undefined {
  const values = new Map<string, HeaderValue | null>();
  for (const [name, value] of list) {
    const key = typeof name === 'string' ? name : headerText(name);
    if (!values.has(key)) values.set(key, value);
  }
  return (name) => {
    const value = values.get(name);
    return value === undefined || value === null ? undefined : headerText(value);
  };
}

/** Looks headers of an MSK event up by name. */
export function lambdaHeaderGetter(list: readonly LambdaHeader[]): (name: string) => string | undefined {
  return (name) => {
    for (const header of list) {
      const value = Object.hasOwn(header, name) ? header[name] : undefined;
      if (value !== undefined) return headerText(value);
    }
    return undefined;
  };
}

const maxSpread = 256;

/** UTF-8 text of a header value. Short ASCII values, nearly all, are made without a buffer. */
export function headerText(value: HeaderValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  if (value.length <= maxSpread && value.every(isAscii)) return String.fromCharCode(...value);
  return Buffer.from(value).toString();
}

function isAscii(byte: number): boolean {
  return byte >= 0 && byte < 0x80;
}
