import type { DeadLetter } from '../core/dead-letters/dead-letter.ts';
import type { AwsCredentials } from '../kafka/aws-credentials.ts';

/** PEM texts for TLS; what is absent comes from the system. */
export interface TlsSettings {
  /** Of the authority that signed the brokers' certificates. */
  readonly ca?: string;
  /** The program's own certificate and key, for mutual TLS. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Where the bus writes what an operator should know; the part of a pino logger that it uses. */
export interface EventBusLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Dead letters as messages of an SQS queue, which the dead-letter processor reads. */
export interface QueueOfLetters {
  /** URL of the queue; its host is where requests go. */
  readonly queueUrl: string;
  /** Where letters above SQS's 1 MiB go: `s3://BUCKET/PREFIX`, `file:///FOLDER`. @default EVENT_BUS_OBJECTS */
  readonly objects?: string | undefined;
}

/** Takes dead letters: when its promise resolves, they are kept. */
export type TakeLetters = (letters: readonly DeadLetter[]) => Promise<void>;

/**
 * What becomes of an event that fails for good: a message of an SQS queue, a call of the program's own function, or
 * `hold`: its partition waits, and tries again and again.
 */
export type DeadLetters = QueueOfLetters | TakeLetters | 'hold';

/** Events that damage took from the log, for good: nobody can read them. */
export interface DamagedEvents {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is damaged. */
  readonly from: number;
  /** First offset behind the damage. */
  readonly to: number;
}

/** Told of damage that a subscription passes over: at least once, before anything behind it is committed. */
export type OnDamaged = (damage: DamagedEvents) => unknown;

/** How the program proves who it is. All but `none` run over TLS; certificates that are absent come from the system. */
export type EventBusAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'tls'; readonly tls?: TlsSettings }
  | { readonly kind: 'scram'; readonly username: string; readonly password: string; readonly tls?: TlsSettings }
  | {
      readonly kind: 'iam';
      /** Region of the cluster. */
      readonly region: string;
      /** @default what the environment holds, as in Lambda, or the container agent of ECS hands out */
      readonly credentials?: () => Promise<AwsCredentials>;
    };

/** How events are gathered and sent. */
export interface PublishSettings {
  /** Time to gather events of several calls into one request, ms. @default 2 */
  readonly lingerMs?: number;
  /**
   * Events that wait for their acknowledgement, bytes. Calls beyond it wait for room, in their order and for
   * `deliveryTimeoutMs` at most. @default 33554432
   */
  readonly maxBufferedBytes?: number;
  /** Events of calls that wait for room, bytes; a call beyond it fails at once. @default 33554432 */
  readonly maxWaitingBytes?: number;
  /** The largest record, bytes. @default 1048000 */
  readonly maxRecordBytes?: number;
  /** Time from a call until it fails because the cluster is away, ms. @default 30000 */
  readonly deliveryTimeoutMs?: number;
  /** Time that one request may take, ms. @default 15000 */
  readonly requestTimeoutMs?: number;
}

/** Settings of a bus; what is absent comes from the environment, then from the defaults. */
export interface EventBusOptions {
  /** `host:port,host:port`; with it the security comes from `auth` alone. @default EVENT_BUS_KAFKA, else 127.0.0.1:9092 */
  readonly bootstrapServers?: string | undefined;
  /** @default EVENT_BUS_KAFKA_AUTH and its variables, or none where `bootstrapServers` is given */
  readonly auth?: EventBusAuth | undefined;
  /** What the cluster's logs and quotas see. @default EVENT_BUS_CLIENT_ID, else names of package and program */
  readonly clientId?: string | undefined;
  /** CloudEvents source of what is published, a URI reference. @default EVENT_BUS_SOURCE, else `//<clientId>` */
  readonly source?: string | undefined;
  /** Dead letters of subscriptions that name none. @default EVENT_BUS_DEAD_LETTER_QUEUE_URL, or the queue of a bus on this machine */
  readonly deadLetters?: DeadLetters | undefined;
  readonly publish?: PublishSettings | undefined;
  /** @default warnings as JSON lines on standard error; EVENT_BUS_LOG_LEVEL says from which level on */
  readonly log?: EventBusLog | undefined;
}
