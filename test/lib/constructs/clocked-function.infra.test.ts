import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { scheduledFunctions } from '../../../src/catalogue/scheduled-functions.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { recordTemplates } from '../record-stacks.ts';

type Properties = Readonly<Record<string, unknown>>;

const { processing } = recordTemplates(environments.dev, { catalogue, schemas });

const all = (type: string, name: string) =>
  Object.entries(processing.findResources(type))
    .filter(([id]) => id.startsWith(name.replaceAll('-', '')))
    .map(([id, resource]) => ({ id, properties: (resource as { Properties: Properties }).Properties }));

const statements = (name: string) =>
  [...all('AWS::IAM::Policy', name), ...all('AWS::IAM::ManagedPolicy', name)].flatMap(
    ({ properties }) =>
      (properties['PolicyDocument'] as { Statement: readonly { Action: unknown; Resource: unknown }[] }).Statement,
  );

describe.each(scheduledFunctions)('$name', ({ name, everyMinutes, topics, ...declaration }) => {
  const fn = all('AWS::Lambda::Function', name)[0];
  const variables = (fn?.properties['Environment'] as { Variables: Properties } | undefined)?.Variables ?? {};

  test('is called by the clock as often as declared, and never twice at once', () => {
    const minutes = everyMinutes > 1 ? `${everyMinutes} minutes` : '1 minute';
    const rules = all('AWS::Events::Rule', name);
    expect(rules.map(({ properties }) => properties['ScheduleExpression'])).toEqual([`rate(${minutes})`]);
    expect(JSON.stringify(rules[0]?.properties['Targets'])).toContain(fn?.id);
    expect(fn?.properties['ReservedConcurrentExecutions']).toBe(1);
  });

  test('may write to its topics and sign in to the database', () => {
    const writes = statements(name).find(({ Action }) => [Action].flat().includes('kafka-cluster:WriteData'));
    expect(writes?.Resource).toHaveLength(topics.length);
    for (const topic of topics) expect(JSON.stringify(writes?.Resource)).toContain(`/${topic}"`);
    expect(JSON.stringify(statements(name))).toContain('rds-db:connect');
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(['EVENT_BUS_KAFKA', 'EVENT_BUS_DATABASE_URL']));
  });

  test('sends messages to devices only where it says so, and to their command topics alone', () => {
    const publishing = statements(name).filter(({ Action }) => Action === 'iot:Publish');
    const sends = 'sendsToDevices' in declaration;
    expect(variables['EVENT_BUS_DEVICE_DOWNLINK']).toBe(sends ? 'iot://eu-central-1' : undefined);
    const published = publishing.map(({ Resource }) => /topic[^"]*/.exec(JSON.stringify(Resource))?.[0]);
    expect(published).toEqual(sends ? ['topic/fleet/*/commands'] : []);
  });
});
