import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Consumer } from '../../../src/catalogue/model.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { recordTemplates } from '../record-stacks.ts';
import { idsOf, waitsFor } from '../template-order.ts';

const templates = recordTemplates(environments.dev);
const { processing, network } = templates;
const readers: readonly Consumer[] = catalogue.consumers.filter(
  ({ sinks }) => !(sinks as readonly string[]).includes('lake'),
);

type Properties = Readonly<Record<string, unknown>>;
interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const all = (template: Template, type: string) =>
  Object.entries(template.findResources(type)).map(([id, resource]) => ({
    id,
    properties: (resource as { Properties: Properties }).Properties,
  }));
const mappings = (template = processing) =>
  all(template, 'AWS::Lambda::EventSourceMapping').filter(({ properties }) => properties['Topics'] !== undefined);
const functionOf = (name: string, template = processing) => {
  const found = all(template, 'AWS::Lambda::Function').find(
    ({ properties }) => properties['FunctionName'] === `event-bus-dev-${name}`,
  );
  if (found === undefined) throw new Error(`no function of ${name}`);
  return found;
};
const mappingsOf = (name: string, template = processing) =>
  mappings(template).filter(({ properties }) =>
    JSON.stringify(properties['FunctionName']).includes(functionOf(name, template).id),
  );
const statementsOf = (name: string, template = processing): readonly Statement[] => {
  const role = JSON.stringify(functionOf(name, template).properties['Role']);
  return all(template, 'AWS::IAM::Policy')
    .filter(({ properties }) =>
      (properties['Roles'] as readonly { Ref: string }[]).some(({ Ref }) => role.includes(`"${Ref}"`)),
    )
    .flatMap(({ properties }) => (properties['PolicyDocument'] as { Statement: readonly Statement[] }).Statement);
};
/** What the function may do with whatever has this in its ARN. */
const actionsOn = (name: string, part: string, template = processing) =>
  statementsOf(name, template)
    .filter(({ Effect, Resource }) => Effect === 'Allow' && JSON.stringify(Resource).includes(part))
    .flatMap(({ Action }) => Action)
    .toSorted();
const changed = (name: string, change: Partial<Consumer>) => ({
  schemas,
  catalogue: {
    ...catalogue,
    consumers: catalogue.consumers.map(
      (consumer): Consumer => (consumer.name === name ? { ...consumer, ...change } : consumer),
    ),
  },
});

describe('the mappings of a consumer', () => {
  test('are one a topic, since Lambda reads one topic a mapping', () => {
    for (const { name, topics } of readers) {
      expect(mappingsOf(name).map(({ properties }) => properties['Topics'])).toEqual(topics.map((topic) => [topic]));
    }
  });

  test('trap 9: have a consumer group each, named after consumer and topic, and no two the same', () => {
    const groups = mappings().map(
      ({ properties }) => (properties['AmazonManagedKafkaEventSourceConfig'] as Properties)['ConsumerGroupId'],
    );
    expect(groups).toEqual(readers.flatMap(({ name, topics }) => topics.map((topic) => `${name}.${topic}`)));
    expect(new Set(groups).size).toBe(groups.length);
  });

  test('trap 9: another topic is another resource, so that CloudFormation makes it anew and leaves the rest as it is', () => {
    const topics = ['telemetry.raw.v1', 'wind.turbine.raw', 'sensor.raw', 'photo.events.v1'];
    const after = recordTemplates(environments.dev, changed('telemetry-cleaner', { topics })).processing;
    const [before, now] = [processing, after].map((template) =>
      mappingsOf('telemetry-cleaner', template).map(({ id }) => id),
    );
    expect(now?.slice(0, 3)).toEqual(before?.slice(0, 3));
    expect(now?.[3]).not.toBe(before?.[3]);
  });

  test('carry every limit of the catalogue, retries bounded and failures named record by record', () => {
    const [mapping] = mappingsOf('timeseries-writer');
    expect(mapping?.properties).toMatchObject({
      BatchSize: 2_000,
      MaximumBatchingWindowInSeconds: 0,
      MaximumRetryAttempts: 20,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      StartingPosition: 'TRIM_HORIZON',
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1, PollerGroupName: 'event-bus-dev' },
      MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
    });
  });

  test('turn age, start, filters and window into the words of Lambda', () => {
    const declared = changed('window-aggregator', {
      batchWindowMs: 2_500,
      maxRecordAgeMs: 3_600_000,
      startingPosition: { timestamp: '2026-05-04T10:00:00Z' },
      filters: [{ value: { quality: ['good'] } }],
      reportsItemFailures: false,
    });
    const [mapping] = mappingsOf('window-aggregator', recordTemplates(environments.dev, declared).processing);
    expect(mapping?.properties).toMatchObject({
      MaximumBatchingWindowInSeconds: 2,
      MaximumRecordAgeInSeconds: 3_600,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: Date.UTC(2026, 4, 4, 10) / 1_000,
      FilterCriteria: { Filters: [{ Pattern: '{"value":{"quality":["good"]}}' }] },
    });
    expect(mapping?.properties).not.toHaveProperty('FunctionResponseTypes');
  });

  test('trap 8: have every right of the data plane on their own topic and group alone, before they are made', () => {
    for (const { name, topics } of readers) {
      for (const topic of topics) {
        expect(actionsOn(name, `/${topic}"`)).toEqual(
          expect.arrayContaining(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData']),
        );
        expect(actionsOn(name, `/${name}.${topic}"`)).toEqual([
          'kafka-cluster:AlterGroup',
          'kafka-cluster:DescribeGroup',
        ]);
      }
      const policy = idsOf(processing, 'AWS::IAM::Policy').find((id) => id.startsWith(name.replaceAll('-', '')));
      for (const { id } of mappingsOf(name)) expect(waitsFor(processing, id, policy ?? 'none')).toBe(true);
    }
    const resources = statementsOf('timeseries-writer').filter(({ Action }) =>
      JSON.stringify(Action).includes('kafka'),
    );
    expect(JSON.stringify(resources.map(({ Resource }) => Resource))).not.toContain('*');
  });

  test('trap 10: leave what they give up in a bucket that the network of the cluster reaches without the internet', () => {
    const [mapping] = mappingsOf('alert-evaluator');
    const destination = JSON.stringify(mapping?.properties['DestinationConfig']);
    expect(destination).toContain('ObjectsArn');
    expect(actionsOn('alert-evaluator', '/aws/lambda/*')).toEqual(['s3:AbortMultipartUpload', 's3:PutObject']);
    const gateway = all(network, 'AWS::EC2::VPCEndpoint').find(
      ({ properties }) => properties['VpcEndpointType'] === 'Gateway',
    );
    const brokerSubnets = idsOf(network, 'AWS::EC2::RouteTable').filter((id) => id.includes('isolatedSubnet'));
    expect(brokerSubnets).toHaveLength(3);
    for (const table of brokerSubnets) expect(JSON.stringify(gateway?.properties['RouteTableIds'])).toContain(table);
  });

  test('trap 10: leave it in a topic or in the queue instead when the catalogue says so, with the right to', () => {
    const inTopic = recordTemplates(
      environments.dev,
      changed('alert-evaluator', { onFailure: 'topic:alerts' }),
    ).processing;
    const [mapping] = mappingsOf('alert-evaluator', inTopic);
    expect(mapping?.properties['DestinationConfig']).toEqual({ OnFailure: { Destination: 'kafka://alerts' } });
    expect(actionsOn('alert-evaluator', '/alerts"', inTopic)).toContain('kafka-cluster:WriteData');
    const inQueue = recordTemplates(environments.dev, changed('alert-evaluator', { onFailure: 'queue' })).processing;
    expect(JSON.stringify(mappingsOf('alert-evaluator', inQueue)[0]?.properties['DestinationConfig'])).toContain(
      'DeadLetters',
    );
  });

  test('are refused when they are to leave it in a queue that the consumer does not have', () => {
    const declared = changed('alert-evaluator', { onFailure: 'queue', deadLetter: false });
    expect(() => recordTemplates(environments.dev, declared)).toThrow(
      /consumer alert-evaluator leaves .* declares none: set deadLetter/,
    );
  });
});

describe('the function of a consumer', () => {
  test('writes to the topics among its sinks and to no others', () => {
    for (const { name, sinks } of readers) {
      const written = catalogue.topics.filter((topic) =>
        actionsOn(name, `/${topic.name}"`).includes('kafka-cluster:WriteData'),
      );
      const declared = sinks.filter((sink) => sink.startsWith('topic:')).map((sink) => sink.slice('topic:'.length));
      expect(written.map((topic) => topic.name).toSorted()).toEqual(declared.toSorted());
    }
  });

  test('reads and writes the objects among its sinks, and nobody else does', () => {
    const allowed = readers.filter(({ name }) => actionsOn(name, '/photos/*').length > 0);
    expect(allowed.map(({ name }) => name)).toEqual(['photo-processor']);
    expect(actionsOn('photo-processor', '/photos/*')).toEqual([
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:PutObject',
    ]);
  });

  test('signs in to the database when a table is among its sinks, and is limited to what the database bears', () => {
    const writers = readers.filter(({ sinks }) => sinks.some((sink) => sink.startsWith('table:')));
    expect(writers.length).toBeGreaterThan(3);
    for (const { name, concurrency } of writers) {
      const { properties } = functionOf(name);
      expect(properties['ReservedConcurrentExecutions']).toBe(concurrency);
      expect(statementsOf(name).map(({ Action }) => Action)).toContain('rds-db:connect');
      expect(JSON.stringify(properties['Environment'])).toContain('"EVENT_BUS_DATABASE_AUTH":"iam"');
    }
  });

  test('has neither rights nor settings nor a group for a database that it does not write to', () => {
    const { processing: template } = recordTemplates(
      environments.dev,
      changed('alert-evaluator', { sinks: ['topic:alerts'] }),
    );
    const { properties } = functionOf('alert-evaluator', template);
    expect(statementsOf('alert-evaluator', template).map(({ Action }) => Action)).not.toContain('rds-db:connect');
    expect(JSON.stringify(properties['Environment'])).not.toContain('DATABASE');
    expect(JSON.stringify(properties['VpcConfig'])).not.toContain('DatabaseClients');
    expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('publishes at the event router under the sources of its topics alone, when the router is among its sinks', () => {
    const publishing = statementsOf('domain-router').filter(({ Action }) => Action === 'events:PutEvents');
    expect(publishing).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Condition: {
          StringEquals: { 'events:source': ['event-bus.fleet', 'event-bus.wind', 'event-bus.mobility'] },
        },
      }),
    ]);
    const { Environment } = functionOf('domain-router').properties as { Environment: { Variables: Properties } };
    expect(Object.keys(Environment.Variables)).toContain('EVENT_BUS_EVENT_ROUTER');
    expect(statementsOf('inventory-projector').filter(({ Action }) => Action === 'events:PutEvents')).toEqual([]);
  });

  test('bears the name that records of failed invocations tell its consumer by', () => {
    const declared = {
      ...catalogue,
      consumers: catalogue.consumers.map((consumer) => ({ ...consumer, name: `${consumer.name}-${'x'.repeat(50)}` })),
    };
    expect(() => recordTemplates(environments.dev, { catalogue: declared, schemas })).toThrow(
      /has \d+ characters, Lambda allows 64/,
    );
    expect(readers.map(({ name }) => functionOf(name).properties['FunctionName'])).toEqual(
      readers.map(({ name }) => `event-bus-dev-${name}`),
    );
  });
});

describe('the dead-letter queue of a consumer', () => {
  const queues = all(processing, 'AWS::SQS::Queue');

  test('is its own, encrypted with our key, and passes what its reader fails at a hundred times to a second one', () => {
    const letters = queues.filter(({ properties }) => properties['RedrivePolicy'] !== undefined);
    // With the one of all programs that subscribe through the SDK.
    expect(letters).toHaveLength(readers.length + 1);
    for (const { properties } of letters) {
      expect(properties).toMatchObject({
        MessageRetentionPeriod: 1_209_600,
        VisibilityTimeout: 360,
        KmsMasterKeyId: expect.anything(),
      });
      const { deadLetterTargetArn, maxReceiveCount } = properties['RedrivePolicy'] as {
        deadLetterTargetArn: { 'Fn::GetAtt': readonly string[] };
        maxReceiveCount: number;
      };
      expect(maxReceiveCount).toBe(100);
      expect(queues.map(({ id }) => id)).toContain(deadLetterTargetArn['Fn::GetAtt'][0]);
    }
  });

  test('is written to by its consumer alone', () => {
    for (const { name } of readers) {
      const own = queues.filter(({ id }) => id.startsWith(name.replaceAll('-', '')) && !id.includes('Undelivered'));
      const sent = statementsOf(name)
        .filter(({ Action }) => Action === 'sqs:SendMessage')
        .map(({ Resource }) => Resource);
      expect(sent).toEqual([{ 'Fn::GetAtt': [own[0]?.id, 'Arn'] }]);
    }
  });

  test('is read by the dead-letter processor, with that of the SDK’s subscribers and the notices of failed invocations', () => {
    const read = all(processing, 'AWS::Lambda::EventSourceMapping').filter(
      ({ properties }) => properties['Topics'] === undefined,
    );
    expect(read).toHaveLength(readers.length + 2);
    for (const { properties } of read) {
      expect(properties).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      });
    }
    const reader = all(processing, 'AWS::Lambda::Function').find(({ id }) => id.startsWith('deadletterprocessor'));
    expect(reader?.properties['ReservedConcurrentExecutions']).toBe(2 * read.length);
  });
});
