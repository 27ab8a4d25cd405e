import { catalogue } from '../../catalogue/catalogue.ts';
import { kafkaTarget, reaching } from '../connection-options.ts';
import { catalogueTopic } from '../topic-name.ts';
import type { TopicsFlags } from './command.ts';
import { readTopic, readTopics, type TopicDetails, topicSchema } from './read-topics.ts';
import { type TopicRow, topicRows } from './topic-rows.ts';
import { topicView } from './topic-view.ts';
import { topicsView } from './topics-view.ts';

/** Prints all topics, or one with its details. */
export async function runTopics(name: string | undefined, flags: TopicsFlags): Promise<void> {
  if (flags.catalogue) print(name === undefined ? topicRows(catalogue.topics, []) : declaredOnly(name), flags);
  else print(await fromCluster(name, flags), flags);
}

async function fromCluster(name: string | undefined, flags: TopicsFlags): Promise<Found> {
  // The Kafka client takes longer to load than everything else; what the catalogue knows does not need it.
  const { makeAdmin } = await import('../../kafka/admin.ts');
  const target = kafkaTarget(flags, process.env);
  const admin = makeAdmin({ connection: target.connection, clientId: 'event-bus-topics', retries: 1 });
  try {
    return await reaching<Found>(target, flags.dataDir, () =>
      name === undefined ? readTopics(admin) : readTopic(admin, name, Date.now()),
    );
  } finally {
    await admin.close();
  }
}

function declaredOnly(name: string): TopicDetails {
  const declared = catalogueTopic(name);
  return { name, declared, schema: topicSchema(declared, Date.now()) };
}

type Found = readonly TopicRow[] | TopicDetails;

function print(found: Found, flags: TopicsFlags): void {
  const { stdout } = process;
  if (flags.json) stdout.write(`${JSON.stringify(Array.isArray(found) ? { topics: found } : found)}\n`);
  else if ('name' in found) stdout.write(`${topicView(found, stdout.isTTY ? stdout.columns : undefined)}\n`);
  else stdout.write(`${topicsView(found, flags.catalogue !== true)}\n`);
}
