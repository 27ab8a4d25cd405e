import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import { catalogue } from '../../catalogue/catalogue.ts';
import { topicNamed } from '../../catalogue/lookup.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makeAdmin } from '../../kafka/admin.ts';
import { readTopic } from '../../kafka/reader.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import type { PartitionOffsets } from '../../kafka/topic-offsets.ts';
import { type KafkaTarget, kafkaTarget, reaching } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { watchInterruption } from '../terminal/interruption.ts';
import { makeLineOutput } from '../terminal/line-output.ts';
import { unknownTopic } from '../topic-name.ts';
import type { ConsumeFlags } from './command.ts';
import { recordFilter } from './record-filter.ts';
import { makeRecordText, recordJson } from './record-text.ts';
import { type ShownRecord, shownRecord } from './shown-record.ts';
import { inTimeOrder } from './time-order.ts';

/** Records of several partitions that wait for each other. */
const maxHeldBytes = 32 * 1_048_576;

interface Run {
  readonly name: string;
  readonly flags: ConsumeFlags;
  readonly target: KafkaTarget;
  readonly signal: AbortSignal;
}

interface Counts {
  /** Records read. */
  read: number;
  /** Records printed. */
  shown: number;
  /** Printed records that could not be decoded. */
  broken: number;
  /** True when the reader of the output went away. */
  unread: boolean;
}

/** Prints records; returns the exit code. */
export async function runConsume(name: string, flags: ConsumeFlags): Promise<number> {
  const target = kafkaTarget(flags, process.env);
  const interruption = watchInterruption();
  const run = { name, flags, target, signal: interruption.signal };
  const counts: Counts = { read: 0, shown: 0, broken: 0, unread: false };
  try {
    await reaching(target, flags.dataDir, () => print(run, counts));
  } finally {
    interruption.end();
  }
  if (!flags.json && !counts.unread) process.stderr.write(`${summary(counts, name)}\n`);
  if (run.signal.aborted && !flags.follow) return exitCodes.interrupted;
  return counts.broken > 0 ? exitCodes.finding : exitCodes.ok;
}

async function print(run: Run, counts: Counts): Promise<void> {
  const { flags } = run;
  const show = makeShow(run);
  const partitions = await partitionsOf(run);
  const text = flags.json ? recordJson : makeRecordText();
  const output = makeLineOutput(process.stdout);
  const limit = flags.limit ?? Number.POSITIVE_INFINITY;
  if (flags.follow && process.stderr.isTTY) process.stderr.write('following; Ctrl-C ends\n');
  for await (const batch of records(run, partitions)) {
    const lines: string[] = [];
    for (const record of batch) {
      counts.read += 1;
      const shown = show(record);
      if (shown === undefined) continue;
      counts.shown += 1;
      if (shown.content.kind === 'broken') counts.broken += 1;
      lines.push(text(shown));
      if (counts.shown >= limit) break;
    }
    await output.write(lines);
    counts.unread = output.closed;
    if (counts.shown >= limit || counts.unread || run.signal.aborted) return;
  }
}

/** The record as it is shown; undefined when a filter leaves it out. */
function makeShow({ name, flags }: Run): (record: RawRecord) => ShownRecord | undefined {
  const subject = topicNamed(name) === undefined ? null : subjectOf(name);
  const schema = subject === null ? null : (schemas[subject].at(-1) as AvroRecordSchema);
  const filters = (flags.filter ?? []).map((text) => recordFilter(text, schema));
  const codec = makeCodec(schemaIdsFromEnvironment(process.env));
  const { key } = flags;
  return (record) => {
    if (key !== undefined && record.key?.toString() !== key) return undefined;
    const shown = shownRecord(record, subject, codec);
    return filters.every((matches) => matches(shown)) ? shown : undefined;
  };
}

/** What the cluster has of the topic; asked first, so that a name or partition that does not exist is said at once. */
async function partitionsOf({ name, flags, target }: Run): Promise<readonly PartitionOffsets[]> {
  const admin = makeAdmin({ connection: target.connection, clientId: 'event-bus-consume', retries: 1 });
  try {
    const names = await admin.topicNames();
    if (!names.includes(name)) {
      if (topicNamed(name) === undefined)
        throw unknownTopic(name, [...new Set([...names, ...catalogue.topics.map((topic) => topic.name)])]);
      throw new AppError('EVENTBUS_CLI_TOPIC_ABSENT', `"${name}" at ${target.connection.bootstrapServers}`);
    }
    const partitions = (await admin.listTopics([name]))[0]?.partitions ?? [];
    const { partition } = flags;
    if (partition !== undefined && partition >= partitions.length) {
      throw new AppError(
        'EVENTBUS_CLI_USAGE',
        `--partition is ${partition}, ${name} has 0 to ${partitions.length - 1}`,
      );
    }
    return partitions.filter((known) => partition === undefined || known.partition === partition);
  } finally {
    await admin.close();
  }
}

function records({ name, flags, target, signal }: Run, partitions: readonly PartitionOffsets[]) {
  const { partition, from, follow } = flags;
  const batches = readTopic({
    connection: target.connection,
    topic: name,
    from,
    to: follow ? 'never' : 'latest',
    clientId: 'event-bus-consume',
    signal,
    ...(partition === undefined ? {} : { partitions: [partition] }),
  });
  // New records come in the order of their arrival; waiting for quiet partitions would hold them back.
  if (follow) return batches;
  const first = typeof from === 'object' && 'offset' in from ? from.offset : 0;
  const ends = partitions
    .filter(({ start, end }) => Math.max(start, first) < end)
    .map((known) => [known.partition, known.end] as const);
  return inTimeOrder(batches, { ends: new Map(ends), maxHeldBytes });
}

const count = (value: number) => value.toLocaleString('en-US');
const recordsText = (value: number) => `${count(value)} ${value === 1 ? 'record' : 'records'}`;

function summary({ read, shown, broken }: Counts, name: string): string {
  if (read === 0) return `${name}: no record there`;
  const parts = shown === read ? recordsText(shown) : `${count(shown)} of ${recordsText(read)} shown`;
  return broken === 0 ? `${name}: ${parts}` : `${name}: ${parts}, ${count(broken)} could not be decoded`;
}
