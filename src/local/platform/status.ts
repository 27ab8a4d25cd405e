import type { KafkaAdmin } from '../../kafka/admin.ts';
import type { LakeDeliveryStatus } from '../delivery/delivery.ts';
import type { EventSources, MappingStatus } from '../event-source/event-sources.ts';
import type { IngestStatus } from '../ingest/start-ingest.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';

/** The bus at one moment. */
export interface PlatformStatus {
  /** ms since 1970-01-01 UTC */
  readonly atMs: number;
  /** End offsets of each topic, summed over its partitions. */
  readonly topics: ReadonlyMap<string, number>;
  readonly mappings: readonly MappingStatus[];
  readonly ledger: readonly LedgerEntry[];
  readonly delivery: LakeDeliveryStatus;
  readonly ingest: IngestStatus;
}

export interface StatusParts {
  readonly admin: Pick<KafkaAdmin, 'listTopics'>;
  readonly ledger: Ledger;
  readonly sources: Pick<EventSources, 'status'>;
  readonly delivery: { status(): LakeDeliveryStatus };
  readonly ingest: { status(): IngestStatus };
}

/** Reads all parts; the topics' offsets come from the log itself. */
export function makeStatusReader({
  admin,
  ledger,
  sources,
  delivery,
  ingest,
}: StatusParts): () => Promise<PlatformStatus> {
  return async () => {
    const topics = await admin.listTopics();
    return {
      atMs: Date.now(),
      topics: new Map(
        topics.map(({ name, partitions }) => [name, partitions.reduce((total, { end }) => total + end, 0)]),
      ),
      mappings: sources.status(),
      ledger: ledger.entries(),
      delivery: delivery.status(),
      ingest: ingest.status(),
    };
  };
}
