import type { LogSource, PartitionPosition } from '../../../src/local/delivery/log-source.ts';

/** A record as a test writes it. */
export interface TestRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A log held in memory, to drive the delivery without a broker. */
export interface LogInMemory extends LogSource {
  append(topic: string, partition: number, records: readonly Partial<TestRecord>[]): void;
  /** Records of a partition as they were written, from its start on. */
  written(topic: string, partition: number): readonly TestRecord[];
  /** Drops records below the offset, as retention does. */
  dropBelow(topic: string, partition: number, offset: number): void;
  /** Makes the topic anew: another id, no records. */
  remake(topic: string): void;
  /** The next reads fail with this error. */
  failNext(error: Error, times: number): void;
  readonly reported: PartitionPosition[];
}

export function makeLogInMemory(topics: Readonly<Record<string, number>>, readRecords = 700): LogInMemory {
  const ids = new Map(Object.keys(topics).map((topic) => [topic, `${topic}#1`]));
  const logs = new Map<string, { start: number; records: TestRecord[] }>();
  for (const [topic, partitions] of Object.entries(topics)) {
    for (let partition = 0; partition < partitions; partition++) {
      logs.set(`${topic}:${partition}`, { start: 0, records: [] });
    }
  }
  const failures: Error[] = [];
  const reported: PartitionPosition[] = [];
  const logOf = (topic: string, partition: number) => {
    const log = logs.get(`${topic}:${partition}`);
    if (log === undefined) throw new Error(`no ${topic}-${partition}`);
    return log;
  };
  return {
    reported,
    append(topic, partition, records) {
      const log = logOf(topic, partition);
      for (const record of records) {
        const offset = log.records.length;
        log.records.push({ offset, timestampMs: 0, key: null, value: null, headers: {}, ...record });
      }
    },
    written(topic, partition) {
      const { start, records } = logOf(topic, partition);
      return records.slice(start);
    },
    dropBelow: (topic, partition, offset) => {
      logOf(topic, partition).start = offset;
    },
    remake(topic) {
      ids.set(topic, `${topic}#2`);
      for (const [key, log] of logs) if (key.startsWith(`${topic}:`)) Object.assign(log, { start: 0, records: [] });
    },
    failNext: (error, times) => failures.push(...Array.from({ length: times }, () => error)),
    async bounds(wanted) {
      return [...logs].flatMap(([key, log]) => {
        const [topic = '', partition = ''] = key.split(':');
        if (!wanted.includes(topic)) return [];
        const topicId = ids.get(topic) ?? '';
        return [{ topic, topicId, partition: Number(partition), start: log.start, end: log.records.length }];
      });
    },
    async read(positions) {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const slices = positions.flatMap(({ topic, partition, offset }) => {
        const records = logOf(topic, partition)
          .records.slice(offset, offset + readRecords)
          .map(({ key, value, ...record }) => ({ ...record, key: base64(key), value: base64(value) }));
        return records.length === 0 ? [] : [{ topic, partition, records, nextOffset: offset + records.length }];
      });
      if (slices.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return slices;
    },
    async report(_group, positions) {
      reported.push(...positions);
    },
    async close() {},
  };
}

function base64(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64');
}
