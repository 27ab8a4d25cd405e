import { AppError } from '../../core/errors/app-error.ts';
import { type Fields, isFields } from '../../core/fields.ts';
import type { LetterQuery } from '../../core/redrive/letter-query.ts';
import type { ApiCall } from '../api/api-call.ts';
import type { PageRequest } from './letter-store.ts';
import { patchTransform } from './patch-transform.ts';
import { letterQueryOf } from './query-fields.ts';
import { type RedriveRequest, redriveDefaults } from './redrive-request.ts';

const pageFields = ['limit', 'cursor'];

/**
 * The page that `limit` (1 to 1000, 50 when absent) and `cursor` ask for.
 * @throws AppError EVENTBUS_API_PARAMETER_INVALID
 */
export function pageOf({ query }: ApiCall): PageRequest {
  const text = query.get('limit') ?? '50';
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw invalid(`limit is "${text}", allowed is 1 to 1000`);
  return { limit, after: query.get('cursor') ?? undefined };
}

/** The letters that the parameters name; `id` may be repeated. */
export function queryOf({ query }: ApiCall): LetterQuery {
  const fields: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    if (pageFields.includes(name)) continue;
    if (name === 'id') fields['ids'] = query.getAll(name);
    else if (query.getAll(name).length > 1) throw invalid(`${name} is given more than once`);
    else fields[name] = query.get(name) ?? undefined;
  }
  return letterQueryOf(fields);
}

type Check<T> = (value: unknown) => value is T;

const isText: Check<string> = (value): value is string => typeof value === 'string' && value !== '';
const isFlag: Check<boolean> = (value): value is boolean => typeof value === 'boolean';
const isRate: Check<number> = (value): value is number => typeof value === 'number' && value > 0 && value <= 100_000;
const isCount: Check<number> = (value): value is number => Number.isInteger(value) && Number(value) >= 0;
const isSample: Check<number> = (value): value is number => isCount(value) && value <= 100;

/** Reads the fields of a JSON body, and refuses those that nobody asked for. */
class Body {
  readonly #fields: Fields;
  readonly #allowed: readonly string[];

  constructor(body: unknown, allowed: readonly string[]) {
    if (!isFields(body)) throw new AppError('EVENTBUS_API_BODY_INVALID', 'the body is no JSON object');
    const unknown = Object.keys(body).find((name) => !allowed.includes(name));
    if (unknown !== undefined) throw invalid(`"${unknown}" is not known, allowed are ${allowed.join(', ')}`);
    this.#fields = body;
    this.#allowed = allowed;
  }

  get<T>(name: string, check: Check<T>, allowed: string): T | undefined {
    if (!this.#allowed.includes(name)) throw new TypeError(`${name} is not declared`);
    const value = this.#fields[name];
    if (value === undefined || check(value)) return value;
    throw invalid(`${name} is ${JSON.stringify(value).slice(0, 80)}, allowed is ${allowed}`);
  }
}

const redriveFields = [
  'query',
  'toTopic',
  'patch',
  'perSecond',
  'maxRedrives',
  'acceptReordering',
  'sendRest',
  'reason',
  'sample',
];

/** What the body of a redrive or of its preview asks for. */
export interface AskedRedrive {
  readonly request: RedriveRequest;
  readonly sample: number;
}

/**
 * @throws AppError EVENTBUS_API_BODY_INVALID, EVENTBUS_API_PARAMETER_INVALID or EVENTBUS_DLQ_QUERY_INVALID
 */
export function redriveOf({ body, actor }: ApiCall): AskedRedrive {
  const given = new Body(body, redriveFields);
  const patch = given.get('patch', isFields, 'a JSON object');
  return {
    request: {
      query: letterQueryOf(given.get('query', isFields, 'a JSON object') ?? {}),
      toTopic: given.get('toTopic', isText, 'a topic'),
      transform: patch === undefined ? undefined : patchTransform(patch),
      perSecond: given.get('perSecond', isRate, 'more than 0, at most 100000') ?? redriveDefaults.perSecond,
      maxRedrives: given.get('maxRedrives', isCount, 'a whole number') ?? redriveDefaults.maxRedrives,
      acceptReordering: given.get('acceptReordering', isFlag, 'true or false') ?? redriveDefaults.acceptReordering,
      sendRest: given.get('sendRest', isFlag, 'true or false') ?? redriveDefaults.sendRest,
      reason: given.get('reason', isText, 'text'),
      actor,
    },
    sample: given.get('sample', isSample, '0 to 100') ?? redriveDefaults.sample,
  };
}

/** @throws AppError as {@link redriveOf} */
export function discardOf({ body, actor }: ApiCall) {
  const given = new Body(body, ['query', 'reason', 'dryRun']);
  const reason = given.get('reason', isText, 'text');
  if (reason === undefined) throw invalid('reason is missing: the audit trail keeps it');
  const query = letterQueryOf(given.get('query', isFields, 'a JSON object') ?? {});
  return { query, reason, actor, dryRun: given.get('dryRun', isFlag, 'true or false') ?? false };
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_API_PARAMETER_INVALID', what);
}
