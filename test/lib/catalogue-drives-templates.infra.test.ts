import { beforeAll, describe, expect, test } from '@jest/globals';
import { acknowledgeForWholeStage } from '../../lib/checks/stage-acknowledgements.ts';
import { environments } from '../../lib/config.ts';
import { type Declarations, EnvironmentStage } from '../../lib/environment-stage.ts';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { checkCatalogue } from '../../src/catalogue/check.ts';
import type { Consumer, Route, Topic } from '../../src/catalogue/model.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { requireConsumer, requireTopic } from '../make/catalogue-entry.ts';
import { makeTestApp } from './synthesise.ts';

interface Resource {
  readonly Type: string;
}
type Stacks = ReadonlyMap<string, Readonly<Record<string, Resource>>>;

/** Resources of an environment by stack, of what is declared. */
function resourcesOf(declared: Declarations): Stacks {
  const config = environments.dev;
  const stage = new EnvironmentStage(makeTestApp(), 'event-bus-dev', { ...declared, config, site: config.primary });
  acknowledgeForWholeStage(stage);
  return new Map(
    stage
      .synth()
      .stacks.map(({ stackName, template }) => [
        stackName.slice('event-bus-dev-'.length),
        (template as { readonly Resources: Readonly<Record<string, Resource>> }).Resources,
      ]),
  );
}

const topic: Topic = {
  ...requireTopic('sensor.raw'),
  name: 'greenhouse.climate.v1',
  subject: 'GreenhouseClimate',
  description: 'Climate of greenhouses.',
};
const route: Route = {
  name: 'greenhouse-climate',
  protocol: 'mqtt',
  filter: 'greenhouses/+/climate',
  deviceId: 'topic-level',
  topic: topic.name,
  eventType: topic.eventTypes[0] ?? '',
  description: 'Climate as greenhouses report it.',
};
/** Named after a file of `lambdas` that no consumer has: its wiring is all that a new consumer needs besides. */
const consumer: Consumer = {
  ...requireConsumer('timeseries-writer'),
  name: 'migrate',
  topics: [topic.name],
  sinks: ['table:measurement', 'topic:alerts'],
};
const climate = { ...schemas.SensorReading[0], name: 'GreenhouseClimate' } as (typeof schemas)['SensorReading'][0];
const lakeTransform = { ...requireConsumer('lake-transform') };
const extended: Declarations = {
  catalogue: {
    topics: [...catalogue.topics, topic],
    routes: [...catalogue.routes, route],
    consumers: [
      ...catalogue.consumers.filter(({ name }) => name !== lakeTransform.name),
      { ...lakeTransform, topics: [...lakeTransform.topics, topic.name] },
      consumer,
    ],
  },
  schemas: { ...schemas, GreenhouseClimate: [climate] },
};

describe('a catalogue with one more topic, consumer and route', () => {
  let before: Stacks;
  let after: Stacks;
  beforeAll(() => {
    before = resourcesOf({ catalogue, schemas });
    after = resourcesOf(extended);
  });

  /** What a stack has more of, by type. */
  const added = (stack: string) => {
    const news = Object.entries(after.get(stack) ?? {}).filter(([id]) => before.get(stack)?.[id] === undefined);
    return news.map(([, { Type }]) => Type).toSorted();
  };

  test('is one that the check of the catalogue accepts', () => {
    const context = { schemas: extended.schemas, clusterMaxRetentionMs: environments.dev.cluster.maxRetentionMs };
    expect(checkCatalogue(extended.catalogue, context)).toEqual([]);
  });

  test('has the topic on the cluster, its schema in the registry, its table and its stream', () => {
    expect(added('event-bus')).toEqual(['AWS::MSK::Topic']);
    expect(added('registry')).toEqual(['AWS::Glue::Schema']);
    expect(added('lake')).toEqual(['AWS::Glue::Table']);
    expect(added('delivery')).toEqual([
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::KinesisFirehose::DeliveryStream',
      'AWS::Logs::LogStream',
    ]);
  });

  test('has a rule of IoT Core for each form of payload on the route', () => {
    expect(added('ingest')).toEqual(['AWS::IoT::TopicRule', 'AWS::IoT::TopicRule']);
  });

  test('has the consumer: its function, mapping, queues, role, log, and the reading of its letters', () => {
    const news = added('processing');
    const count = (type: string) => news.filter((each) => each === type).length;
    expect([count('AWS::Lambda::Function'), count('AWS::IAM::Role'), count('AWS::Logs::LogGroup')]).toEqual([1, 1, 1]);
    expect([count('AWS::Lambda::EventSourceMapping'), count('AWS::SQS::Queue')]).toEqual([2, 2]);
  });

  test('leaves every resource that was there, under the id that it had', () => {
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [stack, resources] of before) {
      const gone = Object.keys(resources).filter((id) => after.get(stack)?.[id] === undefined);
      expect({ stack, gone }).toEqual({ stack, gone: [] });
    }
  });
});

test('a consumer without its file of lambdas is told by every synthesis', () => {
  const homeless = { ...consumer, name: 'climate-watcher' };
  const declared = {
    schemas,
    catalogue: { ...catalogue, consumers: [...catalogue.consumers, { ...homeless, topics: ['sensor.raw'] }] },
  };
  expect(() => resourcesOf(declared)).toThrow(/lambdas\/climate-watcher\.ts is missing/);
});
