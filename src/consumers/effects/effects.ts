import type { AuditEvent, ComplianceEvent, Subject } from '../../catalogue/events.generated.ts';
import { contentTypes } from '../../catalogue/headers.ts';
import { type ChainedTopic, type SealedEntry, sealedAudit, sealedCompliance } from '../../codec/chained-entry.ts';
import { toHeaders } from '../../codec/cloud-event.ts';
import type { Codec } from '../../codec/codec.ts';
import { type ChainHead, type ChainPlace, emptyChain, placeAfter } from '../../core/audit-chain/chain.ts';
import type { OutgoingEvent } from '../../kafka/publisher.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { type KeptEvent, keepEvents } from './outbox.ts';

/** An entry of `safety.audit.v1` before it has a place in its chain. */
export type AuditDraft = Omit<AuditEvent, 'sequence' | 'previousHash' | 'hash' | 'hashAlgorithm'>;

/** An entry of `safety.compliance.v1` before it has a place in the chain of its entity. */
export type ComplianceDraft = Omit<ComplianceEvent, 'chainId' | 'sequence' | 'previousHash' | 'hash'>;

interface Draft {
  readonly topic: ChainedTopic;
  readonly chainId: string;
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly timeMs: number;
  seal(codec: Codec, place: ChainPlace): SealedEntry;
}

/** What a transaction tells the world: events, and entries of the hash chains; kept with `store` before it ends. */
export class Effects {
  readonly #source: string;
  readonly #codec: Codec;
  readonly #events: KeptEvent[] = [];
  readonly #drafts: Draft[] = [];

  /** @param source - CloudEvents source, such as `/command-dispatcher` */
  constructor(source: string, codec: Codec) {
    this.#source = source;
    this.#codec = codec;
  }

  /** An event under an id that is the same however often its cause is handled. */
  event<S extends Subject>(outgoing: Omit<OutgoingEvent<S>, 'event'> & { readonly event: EventHead }): void {
    const { topic, key, subject, value, event } = outgoing;
    const headers = toHeaders({ source: this.#source, subject: key, ...event, contentType: contentTypes.avro });
    this.#events.push({ topic, key, headers, value: this.#codec.encode(subject, value) });
  }

  audit(draft: AuditDraft): void {
    this.#drafts.push({
      topic: 'safety.audit.v1',
      chainId: draft.chainId,
      key: draft.chainId,
      id: draft.auditId,
      type: 'audit.recorded',
      timeMs: Math.floor(draft.occurredAt / 1000),
      seal: (codec, place) => sealedAudit(codec, { ...draft, ...place }),
    });
  }

  compliance(draft: ComplianceDraft): void {
    const chainId = draft.entityId;
    this.#drafts.push({
      topic: 'safety.compliance.v1',
      chainId,
      key: chainId,
      id: draft.checkId,
      type: 'compliance.checked',
      timeMs: draft.checkedAt,
      seal: (codec, place) => sealedCompliance(codec, { ...draft, chainId, ...place }),
    });
  }

  /** Whether nothing is told. */
  get isEmpty(): boolean {
    return this.#events.length === 0 && this.#drafts.length === 0;
  }

  /**
   * Gives every entry its place and keeps everything. The head of each chain stays locked until the transaction ends, so
   * that a chain has one writer at a time; chains are locked in one order, so that two writers cannot wait for each other.
   */
  async store(client: PoolClient): Promise<void> {
    const chains = Map.groupBy(this.#drafts, ({ topic, chainId }) => `${topic}\n${chainId}`);
    const entries: KeptEvent[] = [];
    for (const name of [...chains.keys()].toSorted()) {
      entries.push(...(await this.#chained(client, chains.get(name) ?? [])));
    }
    await keepEvents(client, [...this.#events, ...entries]);
  }

  async #chained(client: PoolClient, drafts: readonly Draft[]): Promise<readonly KeptEvent[]> {
    const [first] = drafts;
    if (first === undefined) return [];
    let head = await lockedHead(client, first);
    const entries = drafts.map((draft): KeptEvent => {
      const place = placeAfter(head);
      const { hash, bytes } = draft.seal(this.#codec, place);
      head = { sequence: place.sequence, hash };
      return { topic: draft.topic, key: draft.key, headers: this.#headersOf(draft), value: bytes };
    });
    await client.query(
      'update entry_chain set sequence = $3, hash = $4, updated_at = now() where topic = $1 and chain_id = $2',
      [first.topic, first.chainId, head.sequence, head.hash],
    );
    return entries;
  }

  #headersOf({ id, type, key, timeMs }: Draft): Record<string, string> {
    const time = new Date(timeMs).toISOString();
    return toHeaders({ id, source: this.#source, type, time, subject: key, contentType: contentTypes.avro });
  }
}

/** What tells an event apart; source and subject are filled in. */
export interface EventHead {
  readonly id: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly traceparent?: string | undefined;
}

async function lockedHead(client: PoolClient, { topic, chainId }: Draft): Promise<ChainHead> {
  const { rows } = await client.query<{ sequence: number; hash: string }>(
    `insert into entry_chain as c (topic, chain_id, sequence, hash) values ($1, $2, $3, $4)
     on conflict (topic, chain_id) do update set sequence = c.sequence returning c.sequence, c.hash`,
    [topic, chainId, emptyChain.sequence, emptyChain.hash],
  );
  return rows[0] ?? emptyChain;
}
