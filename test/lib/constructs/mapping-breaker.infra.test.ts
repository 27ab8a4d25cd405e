import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Consumer } from '../../../src/catalogue/model.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { recordTemplates } from '../record-stacks.ts';

const readers: readonly Consumer[] = catalogue.consumers.filter(
  ({ sinks }) => !(sinks as readonly string[]).includes('lake'),
);

type Properties = Readonly<Record<string, unknown>>;

function breakerOf(consumers: readonly Consumer[] = catalogue.consumers) {
  const { processing } = recordTemplates(environments.dev, { catalogue: { ...catalogue, consumers }, schemas });
  const all = (type: string) =>
    Object.entries(processing.findResources(type)).map(([id, resource]) => ({
      id,
      properties: (resource as { Properties: Properties }).Properties,
    }));
  const mine = (type: string) => all(type).filter(({ id }) => id.startsWith('Breaker'));
  const mappings = all('AWS::Lambda::EventSourceMapping').filter(
    ({ properties }) => properties['Topics'] !== undefined,
  );
  // What has no room in a role's own policy goes into a second one.
  const statements = [...mine('AWS::IAM::Policy'), ...mine('AWS::IAM::ManagedPolicy')].flatMap(
    ({ properties }) =>
      (properties['PolicyDocument'] as { Statement: readonly (Properties & { Action: string | readonly string[] })[] })
        .Statement,
  );
  return { all, mine, mappings, statements, fn: mine('AWS::Lambda::Function')[0]?.properties };
}

const breaker = breakerOf();

describe('the breaker of mappings', () => {
  test('knows every mapping by consumer and topic, and may switch and mark exactly these', () => {
    const { mappings, statements, fn } = breaker;
    const listed = JSON.stringify(fn?.['Environment']);
    for (const { name, topics } of readers) for (const text of [name, ...topics]) expect(listed).toContain(text);
    const arns = mappings
      .map(({ id }) => ({ 'Fn::GetAtt': [id, 'EventSourceMappingArn'] }))
      .toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
    expect(arns).toHaveLength(readers.flatMap(({ topics }) => topics).length);
    for (const { id } of mappings) expect(listed).toContain(id);
    expect(statements.filter(({ Action }) => JSON.stringify(Action).includes('lambda:'))).toEqual([
      {
        Effect: 'Allow',
        Action: ['lambda:GetEventSourceMapping', 'lambda:ListTags', 'lambda:UpdateEventSourceMapping'],
        Resource: arns,
      },
      {
        Effect: 'Allow',
        Action: ['lambda:TagResource', 'lambda:UntagResource'],
        Resource: arns,
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['event-bus:outage'] } },
      },
    ]);
  });

  test('hears from the log of each consumer when an invocation ended waiting, and of nothing else', () => {
    const filters = breaker.all('AWS::Logs::SubscriptionFilter').map(({ properties }) => properties);
    expect(filters).toHaveLength(readers.length);
    for (const filter of filters) expect(filter['FilterPattern']).toBe('{ $.RecordsWaiting > 0 }');
    expect(new Set(filters.map(({ LogGroupName }) => JSON.stringify(LogGroupName))).size).toBe(readers.length);
    const callers = breaker.all('AWS::Lambda::Permission').map(({ properties }) => properties['Principal']);
    expect(callers.filter((principal) => principal === 'logs.amazonaws.com')).toHaveLength(readers.length);
  });

  test('is called every minute, whatever else is up', () => {
    const [rule] = breaker.mine('AWS::Events::Rule');
    expect(rule?.properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
  });

  test('depends on nothing that may be away: it has no place in the network, and concurrency of its own', () => {
    expect(breaker.fn).not.toHaveProperty('VpcConfig');
    expect(breaker.fn).toMatchObject({ ReservedConcurrentExecutions: readers.length + 1, Timeout: 50 });
  });

  test('leaves alone what has no limit of retries to use up', () => {
    const consumers = catalogue.consumers.map((consumer): Consumer => {
      if (consumer.name !== 'window-aggregator') return consumer;
      const { onFailure: _none, ...rest } = consumer;
      return { ...rest, retryAttempts: -1 };
    });
    const { fn, all } = breakerOf(consumers);
    expect(JSON.stringify(fn?.['Environment'])).not.toContain('window-aggregator');
    expect(all('AWS::Logs::SubscriptionFilter')).toHaveLength(readers.length - 1);
  });
});
