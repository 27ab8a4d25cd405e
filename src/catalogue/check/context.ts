import type { AvroRecordSchema } from '../avro-schema.ts';

/** What the check must know beside the catalogue. */
export interface CheckContext {
  /** Published versions by subject, as in `schemas.generated.ts`. */
  readonly schemas: Readonly<Record<string, readonly AvroRecordSchema[]>>;
  /** Longest time that the environment's cluster keeps records, ms. */
  readonly clusterMaxRetentionMs: number;
  /** Partitions that topics already have on the cluster, by topic; absent for a new cluster. */
  readonly previous?: Readonly<Record<string, number>>;
  /** Where the environment keeps its data; absent where nothing is replicated. */
  readonly residency?: Residency;
}

/** Legal areas of the two regions of an environment, for example `eu` and `us`. */
export interface Residency {
  readonly home: string;
  /** Area of the region that replicated topics are copied to. */
  readonly replica: string;
}
