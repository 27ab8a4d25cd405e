import { expect, test } from '@jest/globals';

import { Template } from 'aws-cdk-lib/assertions';
import { environments, type RegionConfig } from '../../../lib/config.ts';
import { RegistryStack } from '../../../lib/stacks/registry-stack.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { makeTestApp } from '../synthesise.ts';
import { onlyOne } from '../template-order.ts';

const config = environments['prod-eu'];
const { primary, replica } = config;
if (replica === undefined) throw new Error('prod-eu has a replica');

function registryIn(site: RegionConfig) {
  const id = `event-bus-prod-eu-${site.region}-registry`;
  const stack = new RegistryStack(makeTestApp(), id, { config, site, catalogue, schemas });
  return { stack, template: Template.fromStack(stack) };
}

const first = registryIn(primary);
const second = registryIn(replica);
const parameter = 'AWS::SSM::Parameter';

test('the primary region has the registry, and tells the ids of all versions under a name of the environment', () => {
  expect(Object.keys(first.template.findResources('AWS::Glue::Schema'))).toHaveLength(Object.keys(schemas).length);
  expect(onlyOne(first.template, parameter)).toMatchObject({
    Properties: { Name: '/event-bus/prod-eu/schema-ids', Tier: 'Intelligent-Tiering' },
  });
});

test('the other region keeps the ids of the primary’s registry, because copied records name them', () => {
  expect(second.template.findResources('AWS::Glue::Schema')).toEqual({});
  expect(onlyOne(second.template, parameter)).toMatchObject({
    Properties: {
      Name: '/event-bus/prod-eu/schema-ids',
      Value: {
        'Fn::GetStackOutput': {
          StackName: 'event-bus-prod-eu-eu-central-1-registry',
          OutputName: 'SchemaIdText',
          Region: 'eu-central-1',
        },
      },
    },
  });
  expect(Object.keys(first.template.findOutputs('*'))).toContain('SchemaIdText');
});

test('functions of the other region read the ids from there, without the primary region', () => {
  expect(second.stack.resolve(second.stack.registry.schemaIdsOf(['alerts']))).toBe(
    '{{resolve:ssm:/event-bus/prod-eu/schema-ids}}',
  );
});
