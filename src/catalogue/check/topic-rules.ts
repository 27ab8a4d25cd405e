import type { Problem, Topic } from '../model.ts';
import type { CheckContext } from './context.ts';
import { duplicateNames, repeated } from './distinct.ts';
import { keyProblems } from './key-rules.ts';
import { outOfRange } from './number-range.ts';
import { isTopicName } from './topic-name.ts';

type Rule = (topic: Topic, path: string, context: CheckContext) => readonly Problem[];

const rules: readonly Rule[] = [name, subject, keyProblems, size, retention, residency, partitionsOnlyGrow, eventTypes];

/** Problems of topics, each alone and as a list. */
export function topicProblems(topics: readonly Topic[], context: CheckContext): readonly Problem[] {
  return [
    ...duplicateNames('topics', topics),
    ...topics.flatMap((topic) => rules.flatMap((rule) => rule(topic, `topics[${topic.name}]`, context))),
  ];
}

function name(topic: Topic, path: string): readonly Problem[] {
  if (isTopicName(topic.name)) return [];
  const message = `"${topic.name}" is not of the form domain.entity.vN`;
  return [{ path: `${path}.name`, message, fix: 'Name it like vehicle.state.v1, in lower case.' }];
}

function subject(topic: Topic, path: string, { schemas }: CheckContext): readonly Problem[] {
  if (schemas[topic.subject] !== undefined) return [];
  const message = `no schema is published for the subject "${topic.subject}"`;
  const fix = `Add schemas/${topic.subject}/v1.avsc and run "npm run generate", or name a published subject.`;
  return [{ path: `${path}.subject`, message, fix }];
}

function size(topic: Topic, path: string): readonly Problem[] {
  return [
    ...outOfRange(`${path}.partitions`, topic.partitions, { least: 1, most: 1_000, unit: 'partitions' }),
    ...outOfRange(`${path}.retentionMs`, topic.retentionMs, { least: 1, most: Number.MAX_SAFE_INTEGER, unit: 'ms' }),
  ];
}

function retention(topic: Topic, path: string, { clusterMaxRetentionMs }: CheckContext): readonly Problem[] {
  if (topic.archive || topic.retentionMs <= clusterMaxRetentionMs) return [];
  const message = `the cluster keeps records for ${clusterMaxRetentionMs} ms, not for ${topic.retentionMs} ms`;
  const fix = 'Set archive: true, so that the lake keeps the rest, or shorten retentionMs.';
  return [{ path: `${path}.retentionMs`, message, fix }];
}

function residency(topic: Topic, path: string, { residency: areas }: CheckContext): readonly Problem[] {
  if (topic.classification !== 'personal' || topic.replication === 'none') return [];
  if (areas === undefined || areas.home === areas.replica) return [];
  const message = `personal data of "${areas.home}" would be copied to "${areas.replica}"`;
  const fix = `Set replication: 'none', or replicate the environment to a region in "${areas.home}".`;
  return [{ path: `${path}.replication`, message, fix }];
}

function partitionsOnlyGrow(topic: Topic, path: string, { previous }: CheckContext): readonly Problem[] {
  const existing = previous?.[topic.name];
  if (existing === undefined || topic.partitions >= existing) return [];
  const message = `the topic has ${existing} partitions and Kafka cannot take it back to ${topic.partitions}`;
  const fix = `Declare at least ${existing}, or move to a new topic version.`;
  return [{ path: `${path}.partitions`, message, fix }];
}

function eventTypes(topic: Topic, path: string): readonly Problem[] {
  const at = `${path}.eventTypes`;
  if (topic.eventTypes.length === 0) {
    return [{ path: at, message: 'no event type is declared', fix: 'Name the CloudEvents types that may occur.' }];
  }
  return repeated(topic.eventTypes).map((type) => ({
    path: at,
    message: `the event type "${type}" is declared more than once`,
    fix: 'Remove all but one.',
  }));
}
