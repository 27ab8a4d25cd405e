import { randomUUID } from 'node:crypto';
import type { Topic } from '../../catalogue/model.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import { didYouMean } from '../../core/close-matches.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makeAdmin } from '../../kafka/admin.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { type KafkaTarget, kafkaTarget, reaching } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { watchInterruption } from '../terminal/interruption.ts';
import { longWork } from '../terminal/long-work.ts';
import { catalogueTopic } from '../topic-name.ts';
import { badInput, checkInput, readLine } from './checked-input.ts';
import type { ProduceFlags } from './command.ts';
import { makeEventReader, type ReadEvent } from './event-reader.ts';
import { fileInput, type Input, streamInput } from './input-lines.ts';
import { note, noteBad, noteUnknown } from './notices.ts';
import { sendEvents } from './send-events.ts';
import { type StreamOptions, streamEvents } from './stream-events.ts';

/** Events of an input that are held between checking and sending; above it the input is read twice. */
const maxHeldBytes = 64 * 1_048_576;

/** Publishes the input; returns the exit code. */
export async function runProduce(name: string, flags: ProduceFlags): Promise<number> {
  const topic = catalogueTopic(name);
  checkType(topic, flags.type);
  const codec = makeCodec(schemaIdsFromEnvironment(process.env));
  const { type, key, source } = flags;
  const read = makeEventReader({ topic, codec, defaults: { type, key, source }, newId: randomUUID, now: Date.now });
  const input = flags.file === undefined ? standardInput() : fileInput(flags.file);
  const target = kafkaTarget(flags, process.env);
  const interruption = watchInterruption();
  const publisher = makePublisher({ connection: target.connection, codec, clientId: 'event-bus-produce' });
  const ready = () => requireTopicAt(target, name);
  const ids: string[] = [];
  const run = {
    read,
    publisher,
    signal: interruption.signal,
    subject: subjectOf(name),
    skipBad: flags.skipBad === true,
    onSent: (taken: readonly string[]) => void ids.push(...taken),
  };
  try {
    const bad = await reaching(target, flags.dataDir, async () => {
      if (!flags.stream) return sendWhole(input, run, ready);
      await ready();
      return streamEvents(input, run);
    });
    const outcome = { topic: name, count: ids.length, bad, ids };
    process.stdout.write(flags.json ? `${JSON.stringify(outcome)}\n` : outcomeView(outcome));
    if (run.signal.aborted) return exitCodes.interrupted;
    return bad > 0 ? exitCodes.finding : exitCodes.ok;
  } finally {
    interruption.end();
    await publisher.close();
  }
}

/** Fails at once where the publisher would try for long: a cluster that is away, or without the topic. */
async function requireTopicAt({ connection }: KafkaTarget, topic: string): Promise<void> {
  const admin = makeAdmin({ connection, clientId: 'event-bus-produce', retries: 1 });
  try {
    if ((await admin.topicNames()).includes(topic)) return;
    throw new AppError('EVENTBUS_CLI_TOPIC_ABSENT', `"${topic}" at ${connection.bootstrapServers}`);
  } finally {
    await admin.close();
  }
}

function checkType({ name, eventTypes }: Topic, type: string | undefined): void {
  if (type === undefined || eventTypes.includes(type)) return;
  const what = `--type is "${type}"${didYouMean(type, eventTypes)}, allowed on ${name} is ${eventTypes.join(', ')}`;
  throw new AppError('EVENTBUS_CLI_USAGE', what);
}

function standardInput(): Input {
  if (process.stdin.isTTY) note('reading from the terminal: one JSON object a line, Ctrl-D ends');
  return streamInput(process.stdin);
}

/** Checks every line, then sends all events; returns the number of lines left out. */
async function sendWhole(input: Input, run: StreamOptions, ready: () => Promise<void>): Promise<number> {
  const checking = longWork('checking');
  const checked = await checkInput(input, { ...run, maxHeldBytes, onProgress: (lines) => checking.update(lines) });
  checking.end();
  if (run.signal.aborted) return checked.bad;
  if (checked.bad > 0 && !run.skipBad) throw badInput(input, checked, 0);
  noteBad(checked);
  noteUnknown(run.subject, checked.unknown);
  await ready();
  const sending = longWork('sending', checked.good);
  let sent = 0;
  const onSent = (ids: readonly string[]) => {
    run.onSent(ids);
    sent += ids.length;
    sending.update(sent);
  };
  await sendEvents(checked.events ?? readAgain(input, run), { ...run, onSent });
  sending.end();
  return checked.bad;
}

/** The events of an input that was too large to be held while it was checked. */
async function* readAgain(input: Input, { read, signal }: StreamOptions): AsyncGenerator<ReadEvent> {
  for await (const line of input.lines(signal)) {
    const event = readLine(line, read);
    if (!('message' in event)) yield event;
  }
}

interface Outcome {
  readonly topic: string;
  /** Events that the log has taken. */
  readonly count: number;
  /** Lines that were left out. */
  readonly bad: number;
  readonly ids: readonly string[];
}

const shownIds = 20;
const number = (value: number) => value.toLocaleString('en-US');

function outcomeView({ topic, count, bad, ids }: Outcome): string {
  const left = bad === 0 ? '' : `, ${number(bad)} bad ${bad === 1 ? 'line' : 'lines'} left out`;
  const sum = `${number(count)} ${count === 1 ? 'event' : 'events'} published to ${topic}${left}`;
  const rest = count > shownIds ? [`  … and ${number(count - shownIds)} more; --json prints all`] : [];
  return [sum, ...ids.slice(0, shownIds).map((id) => `  ${id}`), ...rest, ''].join('\n');
}
