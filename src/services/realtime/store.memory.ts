import type { OwnerQuestion } from '../../core/realtime/routed-event.ts';
import { maxSharesPerThing, type RealtimeStore } from './store.ts';

/**
 * A store without a database: owners are those that the gateway learns from the events it reads, shares last as long as
 * the process, and no event is kept for absent users.
 */
export function makeMemoryStore(): RealtimeStore {
  const shares = new Map<string, Set<string>>();
  return {
    owners: async () => new Map(),
    isShared: async (thing, user) => shares.get(keyOf(thing))?.has(user) ?? false,
    async share(thing, user) {
      const users = shares.get(keyOf(thing)) ?? new Set();
      if (users.size >= maxSharesPerThing) return false;
      shares.set(keyOf(thing), users.add(user));
      return true;
    },
    async unshare(thing, user) {
      shares.get(keyOf(thing))?.delete(user);
    },
    keptEvents: async () => [],
    acknowledge: async () => {},
  };
}

function keyOf({ kind, id }: OwnerQuestion): string {
  return `${kind}:${id}`;
}
