import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { AppError } from '../../../core/errors/app-error.ts';
import type { ApiCall, PathParts } from '../../api/api-call.ts';
import { objectOf } from './json-schema.ts';
import { type Operation, pathNames, pathSchema } from './operations.ts';
import { headerSchemas } from './request-headers.ts';
import { requestSchemas } from './request-schemas.ts';

/** A field at fault, as the problem tells it. */
export interface Fault {
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly name: string;
  readonly detail: string;
}

/** What a request holds, checked. */
export interface CheckedRequest {
  readonly parts: PathParts;
  /** Numbers where the schema says so, and its defaults. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;

/**
 * A JSON Schema validator that knows the formats of the API. What requests are described with means the same in the
 * draft of Ajv's usual class and in OpenAPI's; the other class is one that bundles of functions leave out.
 */
export function makeValidator(options: { readonly coerceTypes?: boolean } = {}): Ajv {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, allowUnionTypes: true, strict: true, ...options });
  ajv.addFormat('date-time', (text: string) => dateTime.test(text) && !Number.isNaN(Date.parse(text)));
  return ajv;
}

/** Makes the check of an operation's requests; schemas are compiled with the first request. */
export function makeRequestCheck(operation: Operation): (call: ApiCall, parts: PathParts) => CheckedRequest {
  let compiled: ReturnType<typeof compile> | undefined;
  return (call, parts) => {
    compiled ??= compile(operation);
    const faults: Fault[] = [];
    const note = (place: Fault['in'], validate: ValidateFunction, value: unknown) => {
      if (!validate(value)) faults.push(...(validate.errors ?? []).map((error) => faultOf(place, error)));
    };
    const query: Record<string, unknown> = queryOf(call, faults);
    note('path', compiled.path, { ...parts });
    note('query', compiled.query, query);
    note('header', compiled.headers, call.headers);
    if (compiled.body !== undefined && (call.body !== undefined || operation.bodyRequired !== false)) {
      if (call.body === undefined) throw new AppError('EVENTBUS_API_BODY_INVALID', 'there is none');
      note('body', compiled.body, call.body);
    }
    if (faults.length > 0) throw invalid(faults);
    return { parts, query, body: call.body };
  };
}

function compile(operation: Operation) {
  const lenient = makeValidator({ coerceTypes: true });
  const { query = {}, body } = operation;
  const path = Object.fromEntries(pathNames(operation.path).map((name) => [name, pathSchema]));
  const headers = operation.ifMatch ? { 'if-match': headerSchemas['If-Match'] } : {};
  return {
    path: lenient.compile(objectOf(path)),
    query: lenient.compile(objectOf(query, { optional: Object.keys(query) })),
    headers: lenient.compile({ type: 'object', properties: headers }),
    body: body === undefined ? undefined : makeValidator().compile(requestSchemas[body]),
  };
}

function queryOf({ query }: ApiCall, faults: Fault[]): Record<string, string> {
  const names = [...new Set(query.keys())];
  for (const name of names.filter((one) => query.getAll(one).length > 1)) {
    faults.push({ in: 'query', name: name.slice(0, 80), detail: 'is given more than once' });
  }
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']));
}

const maxFaults = 20;

function invalid(faults: readonly Fault[]): AppError {
  const [first] = faults;
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
  const what = `${first?.in} ${first?.name || 'as a whole'} ${first?.detail}${more}`;
  return new AppError('EVENTBUS_API_REQUEST_INVALID', what, { details: { errors: faults.slice(0, maxFaults) } });
}

/** Names the field as people write it: `lines[0].quantity`. */
function faultOf(place: Fault['in'], { instancePath, message = 'is wrong', keyword, params }: ErrorObject): Fault {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
  const facts = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'required':
      return { in: place, name: joined(path, facts['missingProperty']), detail: 'is missing' };
    case 'additionalProperties':
      return { in: place, name: joined(path, facts['additionalProperty']), detail: 'is not known here' };
    case 'enum': {
      const allowed = (facts['allowedValues'] as readonly unknown[]).join(', ');
      return { in: place, name: path, detail: `must be one of ${allowed}` };
    }
    case 'oneOf':
      return { in: place, name: path, detail: 'must have exactly one of the described forms' };
    default:
      return { in: place, name: path, detail: message };
  }
}

function joined(path: string, name: unknown): string {
  const last = String(name).slice(0, 80);
  return path === '' ? last : `${path}.${last}`;
}
