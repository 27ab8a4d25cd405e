import type { Consumer, Problem, Topic } from '../model.ts';
import { duplicateNames, repeated } from './distinct.ts';
import { mappingProblems } from './mapping-rules.ts';
import { outOfRange } from './number-range.ts';

/** Problems of consumers; the ranges are those of a Lambda function and its mapping. */
export function consumerProblems(consumers: readonly Consumer[], topics: readonly Topic[]): readonly Problem[] {
  const names = new Set(topics.map(({ name }) => name));
  return [
    ...duplicateNames('consumers', consumers),
    ...consumers.flatMap((consumer) => {
      const path = `consumers[${consumer.name}]`;
      return [
        ...sources(consumer, path, names),
        ...settings(consumer, path),
        ...mappingProblems(consumer, path, names),
        ...sinks(consumer, path, names),
        ...actsOn(consumer, path, topics),
        ...description(consumer, path),
      ];
    }),
  ];
}

function sources(consumer: Consumer, path: string, names: ReadonlySet<string>): readonly Problem[] {
  const at = `${path}.topics`;
  if (consumer.topics.length === 0) {
    return [{ path: at, message: 'the consumer reads no topic', fix: 'Name the topics that it reads.' }];
  }
  const unknown = consumer.topics.filter((topic) => !names.has(topic)).map((topic) => unknownTopic(at, topic));
  const twice = repeated(consumer.topics).map((topic) => ({
    path: at,
    message: `the topic "${topic}" is named more than once`,
    fix: 'Remove all but one.',
  }));
  return [...unknown, ...twice];
}

function settings(consumer: Consumer, path: string): readonly Problem[] {
  return [
    ...outOfRange(`${path}.batchSize`, consumer.batchSize, { least: 1, most: 10_000, unit: 'records' }),
    ...outOfRange(`${path}.batchWindowMs`, consumer.batchWindowMs, { least: 0, most: 300_000, unit: 'ms' }),
    ...outOfRange(`${path}.concurrency`, consumer.concurrency, { least: 1, most: 1_000, unit: 'invocations' }),
    ...outOfRange(`${path}.memoryMb`, consumer.memoryMb, { least: 128, most: 10_240, unit: 'MB' }),
    // A Kafka mapping supports functions of at most 14 minutes.
    ...outOfRange(`${path}.timeoutMs`, consumer.timeoutMs, { least: 1_000, most: 840_000, unit: 'ms' }),
  ];
}

function sinks(consumer: Consumer, path: string, names: ReadonlySet<string>): readonly Problem[] {
  const at = `${path}.sinks`;
  return consumer.sinks.flatMap((sink) => {
    if (
      sink === 'lake' ||
      sink === 'devices' ||
      sink === 'router' ||
      /^table:[a-z][a-z0-9_]*$|^objects:[a-z][a-z0-9-]*\/$/.test(sink)
    )
      return [];
    if (!sink.startsWith('topic:')) {
      const message = `the sink "${sink}" is of no known kind`;
      return [
        { path: at, message, fix: 'Write topic:<name>, table:<name>, objects:<folder>/, devices, router or lake.' },
      ];
    }
    const topic = sink.slice('topic:'.length);
    if (!names.has(topic)) return [unknownTopic(at, topic)];
    if (!consumer.topics.includes(topic) || consumer.actsOn !== undefined) return [];
    const message = `the consumer reads "${topic}" and writes to it, so its own records would come back for ever`;
    return [{ path: at, message, fix: 'Write to another topic, or name in actsOn the types that it acts on.' }];
  });
}

/** What IAM takes as the description of a role, which a consumer's own becomes. */
const describable = /^[ -~\u{a1}-\u{ff}]{1,256}$/u;

function description(consumer: Consumer, path: string): readonly Problem[] {
  if (describable.test(consumer.description)) return [];
  const stray = /[^ -~\u{a1}-\u{ff}]/u.exec(consumer.description)?.[0];
  const message =
    stray === undefined
      ? `the description has ${consumer.description.length} characters, 1 to 256 are allowed`
      : `the description holds "${stray}", which IAM takes in no description of a role`;
  return [
    { path: `${path}.description`, message, fix: 'Write it with letters and signs of Latin-1, in 256 characters.' },
  ];
}

/** Types that exist, and not all of them: what acts on every type would act on what it writes. */
function actsOn({ topics: read, actsOn }: Consumer, path: string, topics: readonly Topic[]): readonly Problem[] {
  if (actsOn === undefined) return [];
  const at = `${path}.actsOn`;
  const types = topics.filter(({ name }) => read.includes(name)).flatMap(({ eventTypes }) => eventTypes);
  const unknown = actsOn
    .filter((type) => !types.includes(type))
    .map((type) => ({
      path: at,
      message: `the topics that it reads have no event of type "${type}"`,
      fix: `Name types of its topics: ${types.join(', ')}.`,
    }));
  if (actsOn.length > 0 && types.some((type) => !actsOn.includes(type))) return unknown;
  const message = `it names ${actsOn.length === 0 ? 'no type' : 'every type of its topics'}`;
  return [...unknown, { path: at, message, fix: 'Name the types that it acts on, or leave actsOn out.' }];
}

function unknownTopic(path: string, topic: string): Problem {
  const message = `the catalogue has no topic "${topic}"`;
  return { path, message, fix: 'Declare the topic or name a declared one.' };
}
