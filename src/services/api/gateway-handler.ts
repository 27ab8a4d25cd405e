import { AppError } from '../../core/errors/app-error.ts';
import { type Fields, isFields } from '../../core/fields.ts';
import type { ApiAnswer, ApiCall } from './api-call.ts';
import { answerHeaders } from './api-headers.ts';
import { jsonBodyOf } from './json-body.ts';
import { problemOf } from './problem.ts';
import type { Api } from './router.ts';

/** What a Lambda function answers to an HTTP API of API Gateway, payload format 2.0. */
export interface GatewayAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type GatewayHandler = (event: unknown) => Promise<GatewayAnswer>;

/** Serves the API behind an HTTP API of API Gateway, payload format 2.0. */
export function makeGatewayHandler(api: Api): GatewayHandler {
  return async (event) => {
    try {
      return gatewayAnswer(await api(callOf(gatewayEventOf(event))), methodOf(event));
    } catch (error) {
      return gatewayAnswer(problemOf(error), methodOf(event));
    }
  };
}

/** The fields of an event that are used. */
interface GatewayEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly stage: string;
  readonly body: Buffer;
}

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function methodOf(event: unknown): string {
  return textOf(fieldsOf(fieldsOf(fieldsOf(event)['requestContext'])['http'])['method']);
}

function gatewayEventOf(event: unknown): GatewayEvent {
  const { version, rawPath, rawQueryString, headers, requestContext, body, isBase64Encoded } = fieldsOf(event);
  const method = methodOf(event);
  if (version !== '2.0' || typeof rawPath !== 'string' || method === '') {
    const what = `the event is no request of payload format 2.0: version is ${JSON.stringify(version) ?? 'missing'}`;
    throw new AppError('EVENTBUS_API_EVENT_INVALID', what);
  }
  return {
    rawPath,
    rawQueryString: textOf(rawQueryString),
    headers: Object.fromEntries(
      Object.entries(fieldsOf(headers)).map(([name, value]) => [name.toLowerCase(), textOf(value)]),
    ),
    method,
    stage: textOf(fieldsOf(requestContext)['stage']),
    body: Buffer.from(textOf(body), isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function callOf({ rawPath, rawQueryString, headers, method, stage, body }: GatewayEvent): ApiCall {
  // Stages other than $default stand in the path.
  const prefix = `/${stage}/`;
  return {
    method: method === 'HEAD' ? 'GET' : method,
    path: rawPath.startsWith(prefix) ? rawPath.slice(prefix.length - 1) : rawPath,
    query: new URLSearchParams(rawQueryString),
    headers,
    body: jsonBodyOf(body, headers['content-type']),
    actor: 'api',
  };
}

function gatewayAnswer(answer: ApiAnswer, method: string): GatewayAnswer {
  return {
    statusCode: answer.status,
    headers: answerHeaders(answer),
    body: method === 'HEAD' ? '' : JSON.stringify(answer.body),
  };
}
