/** The vocabulary of the catalogue: what a topic, a route and a consumer declare. Pure data, no behaviour. */

export type Domain = 'fleet' | 'wind' | 'commerce' | 'photo' | 'mobility' | 'bus';

export type Classification = 'public' | 'internal' | 'confidential' | 'personal';

/** How versions of a subject may differ; the `-transitive` forms hold against every earlier version. */
export type CompatibilityMode =
  | 'none'
  | 'backward'
  | 'backward-transitive'
  | 'forward'
  | 'forward-transitive'
  | 'full'
  | 'full-transitive';

export type CleanupPolicy = 'delete' | 'compact' | 'compact,delete';

export interface Topic {
  readonly name: string;
  readonly domain: Domain;
  /** Name of the value's schema: a folder below `schemas/`. */
  readonly subject: string;
  readonly partitions: number;
  readonly retentionMs: number;
  /** Field of the subject whose value is the record's key: the entity whose order matters. */
  readonly key: string;
  /** Field that gives the key where the `key` field is null; needed when that field is optional. */
  readonly keyFallback?: string;
  /** Why this key and this many partitions. */
  readonly partitioning: string;
  /** CloudEvents types that may occur. */
  readonly eventTypes: readonly string[];
  readonly classification: Classification;
  readonly compatibility: CompatibilityMode;
  readonly cleanup: CleanupPolicy;
  /** What producers compress batches with, where the client supports it. */
  readonly compression: 'none' | 'lz4' | 'zstd' | 'gzip' | 'snappy';
  /** Whether the topic may be copied to the second region of its environment. */
  readonly replication: 'none' | 'in-residency';
  /** True when the lake keeps what lies beyond the cluster's retention, under object lock. */
  readonly archive: boolean;
  /** Team that answers for the topic. */
  readonly owner: string;
  readonly description: string;
}

/** An event-filtering pattern: every field named in it must match one of its alternatives. */
export interface EventPattern {
  readonly [field: string]: EventPattern | readonly unknown[];
}

/**
 * Where an event source mapping leaves records that it gives up on: the consumer's dead-letter queue (metadata only),
 * the object store (the whole invocation), or a topic (the records).
 */
export type FailureDestination = 'queue' | 'object-store' | `topic:${string}`;

/** Where a new consumer group begins; a timestamp is ISO 8601 text in UTC. */
export type StartingPosition = 'earliest' | 'latest' | { readonly timestamp: string };

export interface Consumer {
  /** Function name and consumer group id. */
  readonly name: string;
  readonly topics: readonly string[];
  /**
   * CloudEvents types that it acts on; it skips the others. Needed by a consumer that also writes to a topic it reads,
   * which must then not write these types, or do nothing when they come back. @default every type of its topics
   */
  readonly actsOn?: readonly string[];
  /** Records an invocation receives at most: 1 to 10,000. */
  readonly batchSize: number;
  /** Time to gather a batch: 0 to 300,000 ms; a Lambda mapping counts whole seconds, so there less than 1,000 is 0. */
  readonly batchWindowMs: number;
  /** Invocations after the first that a failing batch gets: 0 to 10,000, or -1 for no limit (without `onFailure`). */
  readonly retryAttempts: number;
  /** Age at which a record is no longer delivered: 60 s to 7 days in whole seconds, in ms; @default no limit */
  readonly maxRecordAgeMs?: number;
  /** Whether a batch whose invocation failed is delivered again in two halves; @default false */
  readonly bisectOnError?: boolean;
  /** Whether the function's answer names the records that failed; @default true, as the batch engine's does */
  readonly reportsItemFailures?: boolean;
  /** Where the mapping leaves what it gives up on; @default nowhere: the records are passed over */
  readonly onFailure?: FailureDestination;
  /**
   * At most five patterns such as `{ value: { kind: ['van'] } }`, over the value as JSON or text; a record that matches
   * none is never delivered. Avro values are not filtered. @default every record is delivered
   */
  readonly filters?: readonly EventPattern[];
  /** Where a new group begins; @default earliest */
  readonly startingPosition?: StartingPosition;
  /** Whether failed records go to the consumer's dead-letter queue with their payload. */
  readonly deadLetter: boolean;
  /** Order that the consumer relies on; `none` allows any concurrency. */
  readonly ordering: 'partition' | 'none';
  /** Invocations side by side over all partitions. */
  readonly concurrency: number;
  /**
   * Where effects go; `topic:` followed by a topic name, `table:` by a PostgreSQL table, `objects:` by the beginning of
   * the keys in the object store that it reads and writes, `devices` (messages to them), `router` (events for people and
   * other systems), or `lake`.
   */
  readonly sinks: readonly string[];
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly description: string;
}

export interface Route {
  readonly name: string;
  readonly protocol: 'mqtt' | 'grpc';
  /** MQTT topic filter with exactly one `+`, the device id's place; for gRPC the reading kind of the request. */
  readonly filter: string;
  /** Where the device id is read from. */
  readonly deviceId: 'topic-level' | 'client-certificate' | 'request';
  /** Topic that receives the record. */
  readonly topic: string;
  /** CloudEvents type of the record. */
  readonly eventType: string;
  readonly description: string;
}

export interface Catalogue {
  readonly topics: readonly Topic[];
  readonly routes: readonly Route[];
  readonly consumers: readonly Consumer[];
}

/** One finding of a check: where in the catalogue, what is wrong, and how to mend it. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}
