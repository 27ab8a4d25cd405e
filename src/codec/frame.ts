import { types } from 'node:util';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { AppError } from '../core/errors/app-error.ts';

/** First byte of the AWS Glue Schema Registry frame; then a compression byte and a 16-byte schema-version UUID. */
export const glueFrameByte = 3;
/** First byte of the Confluent frame; then a 4-byte big-endian schema id. */
export const confluentFrameByte = 0;
export const glueHeaderBytes = 18;
export const confluentHeaderBytes = 5;
export const compressionNone = 0;
export const compressionZlib = 5;

/** What a compressed value may unpack to, bytes: eight times Kafka's usual message limit. */
export const maxUnpackedBytes = 8 * 1024 * 1024;

/** Unpacks a zlib body, never to more than {@link maxUnpackedBytes}, and never past the end of its stream. */
export function unpackZlib(packed: Buffer): Buffer {
  try {
    const { buffer, engine } = inflateWithInfo(packed);
    if (engine.bytesWritten < packed.length) {
      const extra = packed.length - engine.bytesWritten;
      throw new AppError('EVENTBUS_CODEC_TRAILING_BYTES', `${extra} bytes follow the end of the zlib stream`);
    }
    return buffer;
  } catch (error) {
    throw zlibFailure(error, packed.length);
  }
}

/** Packs a body for the Glue frame. */
export function packZlib(body: Buffer): Buffer {
  return deflateSync(body, { level: constants.Z_DEFAULT_COMPRESSION });
}

interface Inflated {
  readonly buffer: Buffer;
  /** `bytesWritten` counts the packed bytes that the stream took. */
  readonly engine: { readonly bytesWritten: number };
}

function inflateWithInfo(packed: Buffer): Inflated {
  const options = { maxOutputLength: maxUnpackedBytes, info: true };
  return inflateSync(packed, options) as unknown as Inflated;
}

function zlibFailure(error: unknown, packedBytes: number): unknown {
  if (error instanceof AppError || !types.isNativeError(error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    const what = `${packedBytes} packed bytes hold more than ${maxUnpackedBytes}, the most that is unpacked`;
    return new AppError('EVENTBUS_CODEC_TOO_LARGE', what, { cause: error });
  }
  if (code === 'Z_BUF_ERROR') {
    return new AppError('EVENTBUS_CODEC_TRUNCATED', `the zlib stream of ${packedBytes} bytes has no end`, {
      cause: error,
    });
  }
  return new AppError('EVENTBUS_CODEC_COMPRESSION_CORRUPT', `zlib says "${error.message}"`, { cause: error });
}
