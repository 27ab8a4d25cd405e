import type { RequestContext } from '../context.ts';
import { type Api, type RequestHeader, serverCodec } from '../protocol/message.ts';
import type { Reader } from '../protocol/reader.ts';

/** A whole response frame in pieces; undefined when the client wants no response. */
export type Answer = readonly Buffer[] | undefined;

export interface ServedApi {
  readonly key: number;
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly carriesRecords: boolean;
  /** Reads the request's body, does what it asks and writes the response. */
  answer(header: RequestHeader, reader: Reader, context: RequestContext): Answer | Promise<Answer>;
  /** A response that says only that the request failed. */
  failure(header: RequestHeader, error: number): readonly Buffer[];
}

/** What a handler gives for a request that is not to be answered (acks = 0). */
export const noAnswer = Symbol('no answer');

type Handler<Request, Response> = (
  request: Request,
  context: RequestContext,
) => Response | typeof noAnswer | Promise<Response | typeof noAnswer>;

/** Joins an API's messages with the code that serves it. */
export function serve<Request, Response>(
  api: Api<Request, Response>,
  handler: Handler<Request, Response>,
  { carriesRecords = false }: { readonly carriesRecords?: boolean } = {},
): ServedApi {
  const codec = serverCodec(api);
  const write = (header: RequestHeader, version: number, response: Response | typeof noAnswer): Answer =>
    response === noAnswer ? undefined : codec.writeResponse(header, version, response);
  const { key, name, minVersion, maxVersion } = api;
  return {
    key,
    name,
    minVersion,
    maxVersion,
    carriesRecords,
    answer(header, reader, context) {
      const request = codec.readRequest(reader, header.apiVersion);
      const response = handler(request, context);
      return response instanceof Promise
        ? response.then((late) => write(header, header.apiVersion, late))
        : write(header, header.apiVersion, response);
    },
    failure(header, error) {
      const version = Math.max(minVersion, Math.min(maxVersion, header.apiVersion));
      const empty = api.response.initial as Record<string, unknown>;
      const response = 'errorCode' in empty ? { ...empty, errorCode: error } : empty;
      return codec.writeResponse(header, version, response as Response);
    },
  };
}
