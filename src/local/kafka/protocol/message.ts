import { AppError } from '../../../core/errors/app-error.ts';
import { nullableString } from './primitives.ts';
import { Reader } from './reader.ts';
import type { Codec, Type } from './schema.ts';
import { Writer } from './writer.ts';

/** One request and its response, in every version offered. */
export interface Api<Request, Response> {
  readonly key: number;
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** First version with compact encodings and tagged fields. */
  readonly flexibleFrom: number;
  readonly request: Type<Request>;
  readonly response: Type<Response>;
}

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

export const apiVersionsKey = 18;
const fetchedName = nullableString.codec(0, false)!;

/** The part of a request's header that has the same form in every version. */
export function readHeader(reader: Reader): RequestHeader {
  return {
    apiKey: reader.int16(),
    apiVersion: reader.int16(),
    correlationId: reader.int32(),
    clientId: fetchedName.read(reader),
  };
}

/** Reads and ignores the tagged fields that end a flexible header. */
export function skipHeaderTags(reader: Reader): void {
  for (let left = reader.unsignedVarint(); left > 0; left--) {
    reader.unsignedVarint();
    reader.skip(reader.unsignedVarint());
  }
}

const hasTaggedResponseHeader = (api: Api<unknown, unknown>, version: number): boolean =>
  version >= api.flexibleFrom && api.key !== apiVersionsKey;

function codecAt<T>(api: Api<unknown, unknown>, type: Type<T>, version: number): Codec<T> {
  const codec = type.codec(version, version >= api.flexibleFrom);
  if (codec === undefined) throw new RangeError(`${api.name} has no version ${version}`);
  return codec;
}

/** The codecs of one message by version, each made on first use. */
function perVersion<T>(api: Api<unknown, unknown>, type: Type<T>): (version: number) => Codec<T> {
  const made = new Map<number, Codec<T>>();
  return (version) => {
    let codec = made.get(version);
    if (codec === undefined) {
      codec = codecAt(api, type, version);
      made.set(version, codec);
    }
    return codec;
  };
}

/** Server side: reads the body of a request and writes whole response frames. */
export function serverCodec<Request, Response>(api: Api<Request, Response>) {
  const requests = perVersion(api, api.request);
  const responses = perVersion(api, api.response);
  return {
    readRequest(reader: Reader, version: number): Request {
      if (version >= api.flexibleFrom) skipHeaderTags(reader);
      const request = requests(version).read(reader);
      if (reader.remaining > 0) throw reader.malformed(`${reader.remaining} bytes follow the end of ${api.name}`);
      return request;
    },
    writeResponse(header: RequestHeader, version: number, response: Response): readonly Buffer[] {
      return frame(header.correlationId, (writer) => {
        if (hasTaggedResponseHeader(api, version)) writer.unsignedVarint(0);
        responses(version).write(writer, response);
      });
    },
  };
}

/** Client side, for tests, benches and tools: writes whole request frames and reads the body of a response. */
export function clientCodec<Request, Response>(api: Api<Request, Response>, version: number) {
  const flexible = version >= api.flexibleFrom;
  const request = codecAt(api, api.request, version);
  const response = codecAt(api, api.response, version);
  const name = nullableString.codec(0, false)!;
  return {
    writeRequest(correlationId: number, clientId: string | null, value: Request): readonly Buffer[] {
      const writer = new Writer();
      writer.int16(api.key);
      writer.int16(version);
      writer.int32(correlationId);
      name.write(writer, clientId);
      if (flexible) writer.unsignedVarint(0);
      request.write(writer, value);
      return withLength(writer);
    },
    readResponse(body: Buffer): Response {
      const reader = new Reader(body);
      reader.int32();
      if (hasTaggedResponseHeader(api, version)) skipHeaderTags(reader);
      const value = response.read(reader);
      if (reader.remaining > 0) {
        throw new AppError(
          'EVENTBUS_BROKER_FRAME_MALFORMED',
          `${reader.remaining} bytes follow the end of the ${api.name} response`,
        );
      }
      return value;
    },
  };
}

/** A response frame: length, correlation id, then what `body` writes. */
export function frame(correlationId: number, body: (writer: Writer) => void): readonly Buffer[] {
  const writer = new Writer();
  writer.int32(correlationId);
  body(writer);
  return withLength(writer);
}

function withLength(writer: Writer): readonly Buffer[] {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(writer.length);
  return [length, ...writer.chunks()];
}
