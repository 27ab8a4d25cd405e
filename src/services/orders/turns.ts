import { setTimeout as sleep } from 'node:timers/promises';

/** Does work of one name after the work of the same name that came before, and beside all other work. */
export type Turns = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Makes the queues of a process. They spare commands on a busy stream the conflicts among themselves, and keep nobody
 * waiting for long: the event store decides whose events are kept, so whoever has waited its share just tries.
 * @param patienceMs - how long a turn is waited for at most, ms
 */
export function makeTurns(patienceMs: number): Turns {
  const last = new Map<string, Promise<void>>();
  return async (name, work) => {
    const before = last.get(name);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    last.set(name, ended);
    try {
      if (before !== undefined) await patiently(before);
      return await work();
    } finally {
      end();
      if (last.get(name) === ended) last.delete(name);
    }
  };

  async function patiently(before: Promise<void>): Promise<void> {
    const given = new AbortController();
    const enough = sleep(patienceMs, undefined, { signal: given.signal, ref: false }).catch(() => {});
    await Promise.race([before, enough]);
    given.abort();
  }
}
