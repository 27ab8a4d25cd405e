import { contentTypes } from '../../catalogue/headers.ts';
import type { Topic } from '../../catalogue/model.ts';
import { toHeaders } from '../../codec/cloud-event.ts';
import type { Codec } from '../../codec/codec.ts';
import { parseJsonText } from '../../codec/value-format.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { eventValueProblems } from '../../core/event-value-problems.ts';
import { recordKey } from '../../core/record-key.ts';
import { unknownFields } from '../../core/unknown-fields.ts';
import type { OutgoingRecord } from '../../kafka/outgoing.ts';

/** What the flags say of every event; it goes before what a line says. */
export interface EventDefaults {
  readonly type?: string | undefined;
  readonly key?: string | undefined;
  readonly source?: string | undefined;
}

export interface EventReaderOptions {
  readonly topic: Topic;
  readonly codec: Codec;
  readonly defaults: EventDefaults;
  /** Makes the id of an event that has none. */
  readonly newId: () => string;
  /** ms since 1970-01-01 UTC; time of an event that has none. */
  readonly now: () => number;
}

/** An event that is ready to be sent. */
export interface ReadEvent {
  readonly id: string;
  readonly record: OutgoingRecord;
  /** Fields that the schema does not know; they are not part of the record. */
  readonly unknownFields: readonly string[];
}

/** Source of events that name none. */
const ownSource = '//event-bus/cli';
/** The largest record that a cluster takes as a rule, less room for the batch's header. */
const maxValueBytes = 1_000_000;

/**
 * Reads one line: the data alone, a CloudEvent in structured mode, or the event envelope.
 * @throws AppError of the area CODEC, or EVENTBUS_CLI_INPUT_INVALID
 */
export function makeEventReader(options: EventReaderOptions): (line: string) => ReadEvent {
  const { topic, codec, defaults, newId, now } = options;
  const subject = subjectOf(topic.name);
  return (line) => {
    const bytes = Buffer.from(line);
    const { value, event } = codec.decodeRecord(subject, contentTypes.json, bytes);
    const key = defaults.key ?? recordKey(topic, value);
    if (key === undefined) throw invalid(`the value has no key: ${keyFields(topic)} is not set; --key gives one`);
    const id = event?.id ?? newId();
    const encoded = codec.encode(subject, value);
    if (encoded.length > maxValueBytes) {
      throw invalid(`the encoded value has ${encoded.length} bytes, allowed is ${maxValueBytes}`);
    }
    const type = eventType(topic, defaults.type ?? event?.type);
    const problems = eventValueProblems(topic, type, value);
    if (problems.length > 0) throw invalid(problems.join('; '));
    const headers = toHeaders({
      id,
      source: defaults.source ?? event?.source ?? ownSource,
      type,
      time: event?.time ?? new Date(now()).toISOString(),
      subject: event?.subject ?? key,
      contentType: contentTypes.avro,
      traceparent: event?.traceparent,
    });
    const data = event === undefined ? parseJsonText(bytes) : dataOf(parseJsonText(bytes));
    return {
      id,
      record: { topic: topic.name, key, value: encoded, headers },
      unknownFields: unknownFields(data, value),
    };
  };
}

/**
 * The type of an event: the one given, when the topic has it, or the topic's only one.
 * @throws AppError EVENTBUS_CLI_INPUT_INVALID naming the allowed types
 */
function eventType(topic: Topic, given: string | undefined): string {
  const { eventTypes } = topic;
  const [only] = eventTypes;
  if (given === undefined && eventTypes.length === 1 && only !== undefined) return only;
  if (given !== undefined && eventTypes.includes(given)) return given;
  const what = given === undefined ? 'the event has no type; --type gives one' : `the event type is "${given}"`;
  throw invalid(`${what}, allowed is ${eventTypes.join(', ')}`);
}

function keyFields({ key, keyFallback }: Topic): string {
  return keyFallback === undefined ? `field ${key}` : `field ${key}, else ${keyFallback},`;
}

function dataOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'data' in json ? json.data : undefined;
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_CLI_INPUT_INVALID', what);
}
