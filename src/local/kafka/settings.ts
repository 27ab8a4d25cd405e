import { AppError } from '../../core/errors/app-error.ts';

/** What can be tuned; every setting has a default that suits one machine. */
export interface BrokerSettings {
  /** Create a topic when a producer or consumer asks for its metadata. */
  readonly autoCreateTopics: boolean;
  /** Partitions of a topic that is created without saying how many. */
  readonly defaultPartitions: number;
  /** Partitions of all topics together. */
  readonly maxPartitions: number;
  readonly maxConnections: number;
  /** Connections without traffic are closed after this time. */
  readonly idleConnectionMs: number;
  /** Size of a whole request that carries records. */
  readonly maxRequestBytes: number;
  /** Size of a request of any other kind. */
  readonly maxControlRequestBytes: number;
  /** Size of a record batch, unless the topic's `max.message.bytes` says otherwise. */
  readonly maxMessageBytes: number;
  /** Record bytes in one fetch response; bounds memory and how long one reader holds up others. A larger batch goes alone. */
  readonly maxFetchBytes: number;
  /** Memory for the newest batches of all partitions, from which readers at the end of the logs are served; 0 is none. */
  readonly tailCacheBytes: number;
  /** Records are kept this long unless the topic's `retention.ms` says otherwise; -1 is for ever. */
  readonly retentionMs: number;
  /** Bytes kept per partition unless the topic's `retention.bytes` says otherwise; -1 is unlimited. */
  readonly retentionBytes: number;
  readonly retentionCheckMs: number;
  readonly compactionCheckMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** How long a new group waits for more members before the first assignment. */
  readonly initialRebalanceDelayMs: number;
  readonly maxGroupSize: number;
  /** Sequence numbers of an idempotent producer that has been silent for this long are forgotten. */
  readonly producerExpiryMs: number;
}

export const defaultSettings: BrokerSettings = {
  autoCreateTopics: false,
  defaultPartitions: 1,
  maxPartitions: 20_000,
  maxConnections: 1_000,
  idleConnectionMs: 600_000,
  maxRequestBytes: 100 * 1024 * 1024,
  maxControlRequestBytes: 4 * 1024 * 1024,
  maxMessageBytes: 1_048_588,
  maxFetchBytes: 4 * 1024 * 1024,
  tailCacheBytes: 32 * 1024 * 1024,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  retentionCheckMs: 30_000,
  compactionCheckMs: 15_000,
  minSessionTimeoutMs: 1_000,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 50,
  maxGroupSize: 1_000,
  producerExpiryMs: 86_400_000,
};

const leastValues: Readonly<Partial<Record<keyof BrokerSettings, number>>> = {
  retentionMs: -1,
  retentionBytes: -1,
  initialRebalanceDelayMs: 0,
  tailCacheBytes: 0,
  maxRequestBytes: 1_024,
  maxControlRequestBytes: 1_024,
  maxMessageBytes: 100,
};

/** The defaults with `chosen` on top; a wrong name, type or range is a coded error. */
export function completeSettings(chosen: Partial<BrokerSettings>): BrokerSettings {
  for (const [name, value] of Object.entries(chosen)) {
    const standard = defaultSettings[name as keyof BrokerSettings];
    if (standard === undefined) {
      throw settingError(`there is no setting "${name}"; there are ${Object.keys(defaultSettings).join(', ')}`);
    }
    if (typeof standard === 'boolean') {
      if (typeof value !== 'boolean') throw settingError(`${name} is ${String(value)}, it must be true or false`);
      continue;
    }
    const least = leastValues[name as keyof BrokerSettings] ?? 1;
    if (!Number.isSafeInteger(value) || (value as number) < least) {
      throw settingError(`${name} is ${String(value)}, it must be a whole number of at least ${least}`);
    }
  }
  return { ...defaultSettings, ...chosen };
}

const settingError = (what: string) => new AppError('EVENTBUS_BROKER_SETTING_INVALID', what);
