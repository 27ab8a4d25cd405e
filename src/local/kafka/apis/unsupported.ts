import { wireError } from '../protocol/error-codes.ts';
import { frame, type RequestHeader } from '../protocol/message.ts';
import type { Writer } from '../protocol/writer.ts';

/** Where the error code is in the response of an API that is known and not served. */
type Layout = 'error first' | 'throttle first' | 'no error';

interface KnownApi {
  readonly layout: Layout;
  readonly flexibleFrom: number;
  readonly error?: number;
}

const never = Number.POSITIVE_INFINITY;

/** APIs that clients may try without having been told that they exist. */
const known: Readonly<Record<number, KnownApi>> = {
  17: { layout: 'error first', flexibleFrom: never, error: wireError.unsupportedSaslMechanism },
  23: { layout: 'no error', flexibleFrom: 4 },
  24: { layout: 'no error', flexibleFrom: 3 },
  25: { layout: 'throttle first', flexibleFrom: 3 },
  26: { layout: 'throttle first', flexibleFrom: 3 },
  28: { layout: 'no error', flexibleFrom: 3 },
  29: { layout: 'throttle first', flexibleFrom: 2 },
  30: { layout: 'no error', flexibleFrom: 2 },
  31: { layout: 'no error', flexibleFrom: 2 },
  35: { layout: 'throttle first', flexibleFrom: 2 },
  36: { layout: 'error first', flexibleFrom: 2, error: wireError.illegalSaslState },
  46: { layout: 'throttle first', flexibleFrom: 0 },
  48: { layout: 'throttle first', flexibleFrom: 1 },
  50: { layout: 'throttle first', flexibleFrom: 0 },
  55: { layout: 'error first', flexibleFrom: 0 },
  57: { layout: 'throttle first', flexibleFrom: 0 },
  61: { layout: 'no error', flexibleFrom: 0 },
  65: { layout: 'no error', flexibleFrom: 0 },
  66: { layout: 'throttle first', flexibleFrom: 0 },
  68: { layout: 'throttle first', flexibleFrom: 0 },
  69: { layout: 'no error', flexibleFrom: 0 },
  71: { layout: 'throttle first', flexibleFrom: 0 },
  74: { layout: 'throttle first', flexibleFrom: 0 },
  75: { layout: 'no error', flexibleFrom: 0 },
};

/** Room for the empty lists, absent texts and ids that may follow the error code. */
const padding = Buffer.alloc(32);

function writeBody(writer: Writer, { layout, error = wireError.unsupportedVersion }: KnownApi): void {
  if (layout !== 'error first') writer.int32(0);
  if (layout !== 'no error') writer.int16(error);
  writer.bytes(padding);
}

/** The answer to an API that this broker does not serve: the client gets an error code, not a closed connection. */
export function unsupportedApi(header: RequestHeader): readonly Buffer[] {
  const api = known[header.apiKey] ?? { layout: 'error first', flexibleFrom: never };
  return frame(header.correlationId, (writer) => {
    if (header.apiVersion >= api.flexibleFrom) writer.unsignedVarint(0);
    writeBody(writer, api);
  });
}
