import type { BrokerSettings } from './settings.ts';

/** The configuration types of the Kafka protocol. */
export const configType = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;

interface ConfigEntry {
  readonly type: keyof typeof configType;
  readonly standard: string | ((settings: BrokerSettings) => string);
  readonly allowed?: readonly string[];
  readonly least?: number;
  readonly most?: number;
  readonly doc: string;
}

const noEffect = 'Kept and reported for tools; has no effect in a broker with one node and one row a batch.';
const maxLong = 9_223_372_036_854_775_807n.toString();

/** Every topic configuration this broker knows. */
export const topicConfigs: Readonly<Record<string, ConfigEntry>> = {
  'cleanup.policy': {
    type: 'list',
    standard: 'delete',
    allowed: ['delete', 'compact'],
    doc: 'delete drops old batches; compact keeps the newest record of each key.',
  },
  'retention.ms': {
    type: 'long',
    standard: (settings) => String(settings.retentionMs),
    least: -1,
    doc: 'How long records are kept; -1 is for ever.',
  },
  'retention.bytes': {
    type: 'long',
    standard: (settings) => String(settings.retentionBytes),
    least: -1,
    doc: 'Bytes kept per partition; -1 is unlimited.',
  },
  'max.message.bytes': {
    type: 'int',
    standard: (settings) => String(settings.maxMessageBytes),
    least: 0,
    doc: 'Largest record batch accepted.',
  },
  'message.timestamp.type': {
    type: 'string',
    standard: 'CreateTime',
    allowed: ['CreateTime', 'LogAppendTime'],
    doc: 'Whether the producer or the broker sets the time of a record.',
  },
  'delete.retention.ms': {
    type: 'long',
    standard: '86400000',
    least: 0,
    doc: 'How long a tombstone of a compacted topic is kept.',
  },
  'min.compaction.lag.ms': {
    type: 'long',
    standard: '0',
    least: 0,
    doc: 'Records younger than this are not compacted away.',
  },
  'min.cleanable.dirty.ratio': {
    type: 'double',
    standard: '0.5',
    least: 0,
    most: 1,
    doc: 'Share of a compacted log that must be new before it is compacted.',
  },
  'compression.type': {
    type: 'string',
    standard: 'producer',
    allowed: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
    doc: 'Kept and reported; batches are stored as the producer compressed them.',
  },
  'min.insync.replicas': { type: 'int', standard: '1', least: 1, doc: noEffect },
  'max.compaction.lag.ms': { type: 'long', standard: maxLong, least: 1, doc: noEffect },
  'segment.bytes': { type: 'int', standard: '1073741824', least: 14, doc: noEffect },
  'segment.ms': { type: 'long', standard: '604800000', least: 1, doc: noEffect },
  'segment.jitter.ms': { type: 'long', standard: '0', least: 0, doc: noEffect },
  'segment.index.bytes': { type: 'int', standard: '10485760', least: 4, doc: noEffect },
  'index.interval.bytes': { type: 'int', standard: '4096', least: 0, doc: noEffect },
  'file.delete.delay.ms': { type: 'long', standard: '60000', least: 0, doc: noEffect },
  'flush.messages': { type: 'long', standard: '1', least: 1, doc: noEffect },
  'flush.ms': { type: 'long', standard: '0', least: 0, doc: noEffect },
  preallocate: { type: 'boolean', standard: 'false', allowed: ['true', 'false'], doc: noEffect },
  'unclean.leader.election.enable': {
    type: 'boolean',
    standard: 'false',
    allowed: ['true', 'false'],
    doc: noEffect,
  },
  'message.timestamp.before.max.ms': { type: 'long', standard: maxLong, least: 0, doc: noEffect },
  'message.timestamp.after.max.ms': { type: 'long', standard: maxLong, least: 0, doc: noEffect },
  'message.timestamp.difference.max.ms': { type: 'long', standard: maxLong, least: 0, doc: noEffect },
  'message.format.version': { type: 'string', standard: '3.0-IV1', doc: noEffect },
  'message.downconversion.enable': {
    type: 'boolean',
    standard: 'true',
    allowed: ['true', 'false'],
    doc: noEffect,
  },
  'leader.replication.throttled.replicas': { type: 'list', standard: '', doc: noEffect },
  'follower.replication.throttled.replicas': { type: 'list', standard: '', doc: noEffect },
  'remote.storage.enable': { type: 'boolean', standard: 'false', allowed: ['false'], doc: noEffect },
  'local.retention.ms': { type: 'long', standard: '-2', least: -2, doc: noEffect },
  'local.retention.bytes': { type: 'long', standard: '-2', least: -2, doc: noEffect },
};

/** The configurations somebody set for a topic, as text. */
export type ChosenConfig = Readonly<Record<string, string>>;

export const listOf = (value: string): readonly string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Why `value` is not allowed for `name`; undefined when it is. */
export function configFault(name: string, value: string): string | undefined {
  const entry = topicConfigs[name];
  if (entry === undefined) return `there is no topic configuration "${name}"`;
  const { type, allowed, least, most } = entry;
  if (type === 'int' || type === 'long' || type === 'double') {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    const whole = type === 'double' ? Number.isFinite(number) : Number.isInteger(number);
    const inRange = number >= (least ?? Number.NEGATIVE_INFINITY) && number <= (most ?? Number(maxLong));
    if (whole && inRange) return undefined;
    return `${name} is "${value}", it must be a ${type} of at least ${least ?? 0}${most === undefined ? '' : ` and at most ${most}`}`;
  }
  if (allowed === undefined) return undefined;
  const given = type === 'list' ? listOf(value) : [value];
  const wrong = given.find((item) => !allowed.includes(item));
  if (wrong === undefined && given.length > 0) return undefined;
  return `${name} is "${value}", allowed ${type === 'list' ? 'are' : 'is one of'} ${allowed.join(', ')}`;
}

export function standardConfig(name: string, settings: BrokerSettings): string {
  const standard = topicConfigs[name]?.standard ?? '';
  return typeof standard === 'string' ? standard : standard(settings);
}

/** A topic's configuration in the form the broker works with. */
export interface TopicPolicy {
  readonly deletes: boolean;
  readonly compacts: boolean;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly maxMessageBytes: number;
  readonly logAppendTime: boolean;
  readonly tombstoneRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly minDirtyRatio: number;
}

export function policyOf(chosen: ChosenConfig, settings: BrokerSettings): TopicPolicy {
  const value = (name: string) => chosen[name] ?? standardConfig(name, settings);
  const cleanup = listOf(value('cleanup.policy'));
  return {
    deletes: cleanup.includes('delete'),
    compacts: cleanup.includes('compact'),
    retentionMs: Number(value('retention.ms')),
    retentionBytes: Number(value('retention.bytes')),
    maxMessageBytes: Number(value('max.message.bytes')),
    logAppendTime: value('message.timestamp.type') === 'LogAppendTime',
    tombstoneRetentionMs: Number(value('delete.retention.ms')),
    minCompactionLagMs: Number(value('min.compaction.lag.ms')),
    minDirtyRatio: Number(value('min.cleanable.dirty.ratio')),
  };
}
