import { beforeAll, describe, expect, test } from '@jest/globals';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import type { Catalogue, Consumer, Route, Topic } from '../../src/catalogue/model.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { templatesOf } from './synthesise.ts';

const topic: Topic = { ...catalogue.topics[0], name: 'fleet.weather.v1' };
// The name of a consumer is that of its file in `lambdas`; this one exists and is no consumer yet.
const consumer: Consumer = { ...catalogue.consumers[2], name: 'cluster-acls', topics: [topic.name] };
const route: Route = { ...catalogue.routes[0], name: 'weather', filter: 'weather/+/reports', topic: topic.name };

const grown: Catalogue = {
  topics: [...catalogue.topics, topic],
  consumers: [...catalogue.consumers.map(withTopic), consumer],
  routes: [...catalogue.routes, route],
};

/** What reads every topic reads the new one too. */
function withTopic(one: Consumer): Consumer {
  return one.topics.length === catalogue.topics.length ? { ...one, topics: [...one.topics, topic.name] } : one;
}

/** Resources by stack, each as `type path`. */
type Stacks = ReadonlyMap<string, ReadonlyMap<string, string>>;

function resourcesOf(declared: Catalogue): Stacks {
  const templates = templatesOf('dev', { catalogue: declared, schemas });
  return new Map(
    [...templates].map(([stack, template]) => {
      const resources = Object.entries(
        template.toJSON()['Resources'] as Readonly<Record<string, { readonly Type: string }>>,
      );
      return [stack.replace('event-bus-dev-eu-central-1-', ''), new Map(resources.map(([id, { Type }]) => [id, Type]))];
    }),
  );
}

describe('one more topic, consumer and route in the catalogue, and nothing else', () => {
  let before: Stacks;
  let after: Stacks;
  beforeAll(() => {
    before = resourcesOf(catalogue);
    after = resourcesOf(grown);
  }, 120_000);

  const added = (stack: string) =>
    [...(after.get(stack) ?? [])]
      .filter(([id]) => before.get(stack)?.has(id) !== true)
      .map(([, type]) => type)
      .sort();

  test('take nothing away and rename nothing', () => {
    const gone = [...before].flatMap(([stack, resources]) =>
      [...resources].filter(([id, type]) => after.get(stack)?.get(id) !== type).map(([id]) => `${stack} ${id}`),
    );
    expect(gone).toEqual([]);
  });

  test('make a topic on the cluster, a table in the lake, and a stream with rights of its own that fills it', () => {
    expect(added('event-bus')).toContain('AWS::MSK::Topic');
    expect(added('lake')).toContain('AWS::Glue::Table');
    expect(added('delivery')).toEqual(
      expect.arrayContaining(['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::KinesisFirehose::DeliveryStream']),
    );
  });

  test('make a function with a mapping, a log, a role and a dead-letter queue', () => {
    expect(added('processing')).toEqual(
      expect.arrayContaining([
        'AWS::IAM::Role',
        'AWS::Lambda::EventSourceMapping',
        'AWS::Lambda::Function',
        'AWS::Logs::LogGroup',
        'AWS::SQS::Queue',
      ]),
    );
  });

  test('make two topic rules, one for JSON and one for Avro', () => {
    expect(added('ingest').filter((type) => type === 'AWS::IoT::TopicRule')).toHaveLength(2);
  });

  test('are watched: lag, errors, letters and delivery each get an alarm', () => {
    expect(added('observability').filter((type) => type === 'AWS::CloudWatch::Alarm').length).toBeGreaterThanOrEqual(
      12,
    );
  });
});
