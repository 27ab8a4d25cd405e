import { describe, expect, test } from '@jest/globals';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventRouter } from '../../../lib/constructs/event-router.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { topicNamed } from '../../../src/catalogue/lookup.ts';
import type { Topic } from '../../../src/catalogue/model.ts';
import { constructBench, type Resources, statementsOf, synthesised, synthesisedOnce } from '../construct-bench.ts';

function made(topics: readonly Topic[] = catalogue.topics) {
  const { stack, keys } = constructBench();
  const router = new EventRouter(stack, 'Router', {
    catalogue: { topics },
    key: keys.bus,
    logsKey: keys.logs,
    logRetentionDays: 30,
    retainData: true,
  });
  const grantee = new Role(stack, 'Publisher', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  return { router, grantee, keys, resources: () => synthesised(stack) };
}

const usual = synthesisedOnce(() => made().resources());

interface Target {
  readonly Arn: unknown;
  readonly DeadLetterConfig?: unknown;
  readonly InputTransformer?: { readonly InputPathsMap: Readonly<Record<string, string>> };
}

const rulesOf = (resources: Resources) =>
  resources('AWS::Events::Rule').map(({ Properties }) => ({
    pattern: Properties['EventPattern'] as { readonly source: readonly string[]; readonly 'detail-type'?: string[] },
    targets: Properties['Targets'] as readonly Target[],
  }));

function topic(name: string): Topic {
  const found = topicNamed(name);
  if (found === undefined) throw new Error(`no topic ${name}`);
  return found;
}

describe('the rules of the event router', () => {
  test('match the event types that the catalogue declares for alerts and domain events', () => {
    const patterns = rulesOf(usual()).map(({ pattern }) => pattern);
    for (const name of ['domain.events', 'alerts', 'vehicle.alerts.v1', 'analytics.alerts']) {
      const { domain, eventTypes } = topic(name);
      expect(patterns).toContainEqual({ source: [`event-bus.${domain}`], 'detail-type': eventTypes });
    }
    expect(patterns).toContainEqual({ source: ['event-bus.dead-letters'] });
    expect(patterns).toContainEqual({ source: ['event-bus.orders'] });
    expect(patterns).toHaveLength(6);
  });

  test('follow the catalogue: one more alert topic is one more rule, a topic of readings is none', () => {
    const added = { ...topic('alerts'), name: 'depot.alerts.v1', eventTypes: ['depot.full'] };
    const read = { ...topic('sensor.raw'), name: 'depot.raw.v1' };
    const rules = rulesOf(made([...catalogue.topics, added, read]).resources());
    expect(rules).toHaveLength(7);
    expect(rules.map(({ pattern }) => pattern['detail-type'])).toContainEqual(['depot.full']);
  });

  test('have a dead-letter queue on every target', () => {
    const targets = rulesOf(usual()).flatMap(({ targets }) => targets);
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) expect(target.DeadLetterConfig).toEqual({ Arn: expect.anything() });
  });

  test('send alerts and notices to people, and domain events to the log alone', () => {
    const toPeople = rulesOf(usual())
      .filter(({ targets }) => JSON.stringify(targets).includes('RouterNotices'))
      .map(({ pattern }) => pattern['detail-type'] ?? pattern.source);
    expect(toPeople).toHaveLength(5);
    expect(toPeople).not.toContainEqual(topic('domain.events').eventTypes);
  });

  test('log what happened and to whom it belongs, never the details of an event', () => {
    for (const { targets } of rulesOf(usual())) {
      const log = targets.find(({ InputTransformer }) => InputTransformer !== undefined);
      expect(Object.values(log?.InputTransformer?.InputPathsMap ?? {}).sort()).toEqual([
        '$.detail-type',
        '$.id',
        '$.source',
        '$.time',
      ]);
    }
  });

  test('may write to the log and to the dead letters, by name and from this account', () => {
    const [policy] = usual()('AWS::Logs::ResourcePolicy');
    expect(JSON.stringify(policy?.Properties['PolicyDocument'])).toContain('aws:SourceAccount');
    const [queuePolicy] = usual()('AWS::SQS::QueuePolicy');
    const statements = JSON.stringify(queuePolicy?.Properties['PolicyDocument']);
    for (const { id } of usual()('AWS::Events::Rule')) expect(statements).toContain(id);
  });
});

describe('the event bus', () => {
  test('is encrypted with the key of records in motion, as are its archive, notices and dead letters', () => {
    const keyed = {
      'AWS::Events::EventBus': 'KmsKeyIdentifier',
      'AWS::Events::Archive': 'KmsKeyIdentifier',
      'AWS::SNS::Topic': 'KmsMasterKeyId',
      'AWS::SQS::Queue': 'KmsMasterKeyId',
    };
    for (const [type, property] of Object.entries(keyed)) {
      expect(usual()(type)).toHaveLength(1);
      expect(JSON.stringify(usual()(type)[0]?.Properties[property])).toContain('Bus');
    }
    expect(usual()('AWS::EventSchemas::Discoverer')).toEqual([]);
  });

  test('keeps its events for replays, and only they can be replayed with the policy for it', () => {
    expect(usual()('AWS::Events::Archive')).toEqual([
      expect.objectContaining({
        DeletionPolicy: 'Retain',
        Properties: expect.objectContaining({
          RetentionDays: 30,
          EventPattern: { source: [{ prefix: 'event-bus.' }] },
        }),
      }),
    ]);
    const [policy] = usual()('AWS::IAM::ManagedPolicy');
    expect(policy?.Properties['PolicyDocument']).toHaveProperty('Statement', [
      {
        Effect: 'Allow',
        Action: ['events:DescribeArchive', 'events:StartReplay'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RouterArchive/), 'Arn'] },
      },
      expect.objectContaining({ Action: ['events:CancelReplay', 'events:DescribeReplay'] }),
    ]);
  });

  test('refuses other accounts by a statement with an id of its own', () => {
    const [policy] = usual()('AWS::Events::EventBusPolicy');
    expect(policy?.Properties).toMatchObject({
      StatementId: 'cdk-DenyOtherAccounts',
      Statement: {
        Sid: 'cdk-DenyOtherAccounts',
        Effect: 'Deny',
        Action: 'events:PutEvents',
        Condition: { StringNotEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } },
      },
    });
  });

  test('takes events from a publisher only under the sources that it was granted', () => {
    const { router, grantee, resources } = made();
    router.grantPublish(grantee, 'event-bus.dead-letters');
    expect(statementsOf(resources(), /Publisher/)).toEqual([
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RouterBus/), 'Arn'] },
        Condition: { StringEquals: { 'events:source': ['event-bus.dead-letters'] } },
      },
    ]);
    expect(router.environment()).toEqual({ EVENT_BUS_EVENT_ROUTER: expect.stringMatching(/^eventbridge:\/\/.+/) });
  });
});
