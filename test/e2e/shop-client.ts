import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, runVerb } from './bus.ts';

/** An answer of the shop's API. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Somebody who uses the shop's API with a token. */
export interface ShopClient {
  get(path: string): Promise<Answer>;
  /** @param key - idempotency key; @default a new one */
  post(path: string, body?: unknown, key?: string): Promise<Answer>;
  /**
   * Reads until what is found is as wanted; throws with what was found last when that takes too long.
   * @param patienceMs - @default a minute
   */
  until(path: string, wanted: (body: Answer['body']) => boolean, patienceMs?: number): Promise<Answer['body']>;
}

/** A client whose token the bus's own command line has issued. */
export async function shopClient({ endpoints, dataDir }: Bus, user: string, role?: string): Promise<ShopClient> {
  const flags = ['--user', user, ...(role === undefined ? [] : ['--role', role]), '--data-dir', dataDir];
  const { output, errors, exitCode } = await runVerb(['token', ...flags]);
  if (exitCode !== 0) throw new Error(errors);
  return clientWith(endpoints.orders ?? '', output.trim());
}

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer['body'];
  return { status: response.status, headers: response.headers, body };
}

/** @param token - shown with every request; undefined shows none */
export function clientWith(url: string, token?: string): ShopClient {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const get = async (path: string) => answerOf(await fetch(`${url}${path}`, { headers: authorization }));
  return {
    get,
    post: async (path, body, key = randomUUID()) =>
      answerOf(
        await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { ...authorization, 'idempotency-key': key, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    async until(path, wanted, patienceMs = 60_000) {
      for (const end = Date.now() + patienceMs; ; await sleep(50)) {
        const { status, body } = await get(path);
        if (status === 200 && wanted(body)) return body;
        if (Date.now() > end) throw new Error(`${path} stays ${status} ${JSON.stringify(body)}`);
      }
    },
  };
}

/** An order of one product for the API. */
export function orderOf(productId: string, quantity: number, instrument = 'tok_visa') {
  return {
    currency: 'EUR',
    lines: [{ productId, quantity, unitPriceMinor: 1250 }],
    payment: { method: 'CREDIT_CARD', instrument },
  };
}
