import type { ApiAnswer } from './api-call.ts';

/** Every header of an answer, whoever serves it: answers are JSON for their caller alone. */
export function answerHeaders({ headers }: ApiAnswer): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  };
}
