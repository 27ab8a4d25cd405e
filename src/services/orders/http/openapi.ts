import { answerSchemas } from './answer-schemas.ts';
import { type JsonSchema, refTo } from './json-schema.ts';
import { type Access, isCommand, type Operation, operationList, pathNames, pathSchema } from './operations.ts';
import { type HeaderName, headerSchemas } from './request-headers.ts';
import { requestSchemas } from './request-schemas.ts';

const accessText: Readonly<Record<Access, string>> = {
  public: 'Needs no token.',
  own: 'Customers: what is their own. `admin`: everything. `operator`: everything that only reads.',
  operator: 'Roles `operator` and `admin`.',
  admin: 'Role `admin`.',
};

/** The OpenAPI 3.1 document of the shop's API, made of what requests are checked with. */
export function openApiDocument(): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const [operationId, operation] of operationList) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: { operationId, ...described(operation) },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Orders of the shop on the event bus',
      version: '1',
      description:
        'Commands are carried out at once and answer with a version; reads show read models that follow within milliseconds: `?min-version=` waits for them. Every command takes an `Idempotency-Key`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8088', description: 'The bus on this machine.' }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Claims: `sub` the customer’s id, `roles` a list, `aud` event-bus.',
        },
      },
      schemas: { ...requestSchemas, ...answerSchemas },
    },
  };
}

function described(operation: Operation): JsonSchema {
  const { summary, access, body, bodyRequired = true, answer } = operation;
  return {
    summary,
    description: accessText[access],
    ...(access === 'public' ? {} : { security: [{ token: [] }] }),
    parameters: parametersOf(operation),
    ...(body === undefined
      ? {}
      : { requestBody: { required: bodyRequired, content: { 'application/json': { schema: refTo(body) } } } }),
    responses: { [answer.status]: answered(operation), default: problem },
  };
}

function parametersOf(operation: Operation): readonly JsonSchema[] {
  const inPath = pathNames(operation.path).map((name) => ({ name, in: 'path', required: true, schema: pathSchema }));
  const inQuery = Object.entries(operation.query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
  return [...inPath, ...inQuery, ...headersOf(operation).map(headerParameter)];
}

function headersOf(operation: Operation): readonly HeaderName[] {
  return [
    ...(isCommand(operation) ? (['Idempotency-Key'] as const) : []),
    ...(operation.ifMatch ? (['If-Match'] as const) : []),
  ];
}

function headerParameter(name: HeaderName): JsonSchema {
  return { name, in: 'header', required: name === 'Idempotency-Key', schema: headerSchemas[name] };
}

function answered({ answer }: Operation): JsonSchema {
  const { description, schema, etag, location } = answer;
  const headers = {
    ...(etag ? { ETag: { description: 'The version in quotes, for If-Match.', schema: { type: 'string' } } } : {}),
    ...(location ? { Location: { description: 'Where it is read.', schema: { type: 'string' } } } : {}),
  };
  return {
    description,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    content: { 'application/json': { schema: schema === undefined ? {} : refTo(schema) } },
  };
}

const problem: JsonSchema = {
  description:
    'A problem: 400 the request does not fit, 401 no valid token, 403 not allowed, 404 unknown, 409 not in this state, 412 another version, 422 not possible or key reused, 503 try again.',
  content: { 'application/problem+json': { schema: refTo('Problem') } },
};
