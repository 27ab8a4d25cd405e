import { AppError } from '../../core/errors/app-error.ts';
import type { ApiAnswer, ApiCall, PathParts, Route } from './api-call.ts';
import { problemOf } from './problem.ts';

/** Answers any call; failures are answered as problems. */
export type Api = (call: ApiCall) => Promise<ApiAnswer>;

export interface ApiOptions {
  readonly routes: readonly Route[];
  /**
   * Whether `GET /api` lists the routes.
   * @default true
   */
  readonly listed?: boolean;
  /** Told of failures that are not the caller's. */
  readonly onFailure: (error: unknown, call: ApiCall) => void;
}

/** Makes an API of its routes. */
export function makeApi({ routes, listed = true, onFailure }: ApiOptions): Api {
  const offered = listed ? [listOf(routes), ...routes] : routes;
  const all = offered.map((route) => ({ route, parts: route.path.split('/') }));
  return async (call) => {
    try {
      const path = call.path.split('/').map(decodedPart);
      const found = all.filter(({ parts }) => matched(parts, path) !== undefined);
      // A path that is written out goes before one with a part in its place.
      const [best] = found
        .filter(({ route }) => route.method === call.method)
        .toSorted((left, right) => variables(left.parts) - variables(right.parts));
      if (best !== undefined) return await best.route.answer(call, matched(best.parts, path) ?? {});
      throw unroutable(
        call,
        found.map(({ route }) => route.method),
      );
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 500) onFailure(error, call);
      return problem;
    }
  };
}

function listOf(routes: readonly Route[]): Route {
  const list: Route = {
    method: 'GET',
    path: '/api',
    summary: 'This list.',
    answer: async () => ({
      status: 200,
      body: { routes: [list, ...routes].map(({ method, path, summary }) => ({ method, path, summary })) },
    }),
  };
  return list;
}

/** A part of a path without its escapes; as it is when they are broken. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function matched(route: readonly string[], path: readonly string[]): PathParts | undefined {
  if (route.length !== path.length) return undefined;
  const found: [string, string][] = [];
  for (const [index, part] of route.entries()) {
    const given = path[index] ?? '';
    if (part.startsWith(':') && given !== '') found.push([part.slice(1), given]);
    else if (part !== given) return undefined;
  }
  return Object.fromEntries(found);
}

const variables = (parts: readonly string[]) => parts.filter((part) => part.startsWith(':')).length;

function unroutable({ method, path }: ApiCall, allowed: readonly string[]): AppError {
  const at = path.slice(0, 200);
  if (allowed.length === 0) return new AppError('EVENTBUS_API_ROUTE_UNKNOWN', `${method} ${at}`);
  const allow = [...new Set(allowed)].join(', ');
  return new AppError('EVENTBUS_API_METHOD_UNKNOWN', `${method} ${at}, allowed is ${allow}`, { details: { allow } });
}
