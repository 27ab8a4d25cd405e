import type { Appending, OutboxEntry } from '../../src/postgres/event-store/append.ts';
import type { EventRow, EventStore, HandledCommand, StreamHead } from '../../src/postgres/event-store/event-store.ts';

/** The event store in memory, with the promises of the one in PostgreSQL; the contract suite holds them together. */
export class MemoryEventStore implements EventStore {
  readonly rows: EventRow[] = [];
  readonly outbox: (OutboxEntry & { readonly atMs: number })[] = [];
  readonly #heads = new Map<string, StreamHead>();
  readonly #handled = new Map<string, HandledCommand>();

  async load(streamId: string, commandId: string) {
    const head = this.#heads.get(streamId) ?? { version: 0, state: null, stateFormat: 0, lastAtMs: 0 };
    return { head, handled: this.#handled.get(commandId) ?? null };
  }

  async append({ streamId, expectedVersion, events, state, stateFormat, outbox, command }: Appending) {
    if (this.#handled.has(command.id)) return 'handled';
    if (events.length > 0 && (this.#heads.get(streamId)?.version ?? 0) !== expectedVersion) return 'conflict';
    const version = expectedVersion + events.length;
    const { id, fingerprint, refusal, atMs, ...provenance } = command;
    this.#handled.set(id, { streamId, fingerprint, version, refusal });
    if (events.length > 0) this.#heads.set(streamId, { version, state, stateFormat, lastAtMs: atMs });
    for (const [index, { eventId, type, data }] of events.entries()) {
      const place = { streamId, version: expectedVersion + index + 1, commandId: id, atMs, recordedAtMs: atMs };
      this.rows.push({ ...provenance, ...place, eventId, type, data: data as EventRow['data'] });
    }
    this.outbox.push(...outbox.map((entry) => ({ ...entry, atMs })));
    return 'appended';
  }

  async revoke(commandId: string, streamId: string) {
    const known = this.#handled.get(commandId);
    if (known !== undefined) return known;
    const refusal = { code: 'EVENTBUS_ORDER_COMMAND_REVOKED', what: `command ${commandId}` };
    this.#handled.set(commandId, { streamId, fingerprint: null, version: 0, refusal });
    return null;
  }

  async events(streamId: string, range: Parameters<EventStore['events']>[1] = {}) {
    const { fromVersion = 1, toVersion = Infinity, untilMs = Infinity, limit = 1_000 } = range;
    return this.rows
      .filter((row) => row.streamId === streamId && row.version >= fromVersion && row.version <= toVersion)
      .filter(({ atMs }) => atMs <= untilMs)
      .slice(0, limit);
  }

  async all(after: { readonly position: number }, limit: number) {
    return this.rows
      .map((row, index) => ({ ...row, place: { transaction: '1', position: index + 1 } }))
      .slice(after.position, after.position + limit);
  }
}
