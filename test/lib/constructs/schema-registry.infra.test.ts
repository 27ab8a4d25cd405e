import { describe, expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  SchemaRegistry,
  type SchemaRegistryProps,
  schemaIdBudgetBytes,
} from '../../../lib/constructs/schema-registry.ts';
import type { AvroRecordSchema } from '../../../src/catalogue/avro-schema.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { CompatibilityMode } from '../../../src/catalogue/model.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { schemaIdsFromEnvironment } from '../../../src/codec/schema-ids.ts';
import { makeTestApp } from '../synthesise.ts';
import { onlyOne } from '../template-order.ts';

function withField(schema: AvroRecordSchema, name: string): AvroRecordSchema {
  return { ...schema, fields: [...schema.fields, { name, type: ['null', 'string'], doc: name, default: null }] };
}

const [alert] = schemas.Alert;
if (alert === undefined) throw new Error('Alert has a first version');
const second = withField(alert, 'second');
const third = withField(second, 'third');

function registryWith(given: Partial<SchemaRegistryProps> = {}) {
  const stack = new Stack(makeTestApp(), 'registry', { env: { region: 'eu-central-1' } });
  const registry = new SchemaRegistry(stack, 'Registry', {
    registryName: 'event-bus-dev',
    catalogue,
    schemas,
    ...given,
  });
  return { stack, registry, template: Template.fromStack(stack) };
}

const schemaOf = (template: Template) =>
  Object.entries(template.findResources('AWS::Glue::Schema', { Properties: { Name: 'Alert' } }))[0];

const published = registryWith().template;
const grown = registryWith({ schemas: { Alert: [alert, second, third] } }).template;

describe('the registry', () => {
  test('has every subject in its first version, under its own name', () => {
    const found = Object.values(published.findResources('AWS::Glue::Schema')).map(({ Properties }) => Properties);
    expect(found.map(({ Name }) => Name)).toEqual(Object.keys(schemas));
    expect(found.map(({ DataFormat }) => DataFormat)).toEqual(found.map(() => 'AVRO'));
    expect(JSON.parse(found[0].SchemaDefinition)).toEqual(Object.values(schemas)[0]?.[0]);
  });

  test('is never deleted, nor is anything in it: stored records name the ids', () => {
    for (const template of [published, grown]) {
      const kept = Object.values(template.toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>);
      expect(new Set(kept.map(({ DeletionPolicy }) => DeletionPolicy))).toEqual(new Set(['Retain']));
    }
  });

  test.each<[CompatibilityMode, string]>([
    ['none', 'NONE'],
    ['backward', 'BACKWARD'],
    ['backward-transitive', 'BACKWARD_ALL'],
    ['forward', 'FORWARD'],
    ['forward-transitive', 'FORWARD_ALL'],
    ['full', 'FULL'],
    ['full-transitive', 'FULL_ALL'],
  ])('judges new versions as the catalogue says: %s is %s', (compatibility, expected) => {
    const topics = [{ ...catalogue.topics[0], subject: 'Alert', compatibility }];
    const { template } = registryWith({ schemas: { Alert: [alert] }, catalogue: { ...catalogue, topics } });
    expect(onlyOne(template, 'AWS::Glue::Schema')).toHaveProperty('Properties.Compatibility', expected);
  });
});

describe('trap 13: a new version', () => {
  const versions = Object.entries(grown.findResources('AWS::Glue::SchemaVersion'));

  test('leaves the schema as it was, which a change would replace', () => {
    expect(schemaOf(grown)).toEqual(schemaOf(published));
  });

  test('is a resource of its own', () => {
    expect(versions.map(([, { Properties }]) => JSON.parse(Properties.SchemaDefinition))).toEqual([second, third]);
  });

  test('is registered after the one before it', () => {
    const [[idOfSecond, ofSecond] = ['', {}], [, ofThird] = ['', {}]] = versions;
    expect(ofSecond).toHaveProperty('DependsOn', [schemaOf(grown)?.[0]]);
    expect(ofThird).toHaveProperty('DependsOn', [idOfSecond]);
  });
});

describe('ids of schema versions', () => {
  const uuid = '4dc9a0f3-64a4-4a3b-9d3f-0a5b8a1c2d3e';

  test('reach a function as the text it reads, for the subjects of its topics and all their versions', () => {
    const { registry, stack } = registryWith({ schemas: { ...schemas, Alert: [alert, second] } });
    const resolved: unknown = stack.resolve(registry.schemaIdsOf(['alerts', 'order-events', 'alerts']));
    const text = JSON.stringify(resolved);
    expect(text.match(/\{\\"Alert\/v1\\":/)).not.toBeNull();
    const parts = (resolved as { 'Fn::Join': [string, readonly unknown[]] })['Fn::Join'][1];
    const deployed = parts.map((part) => (typeof part === 'string' ? part : uuid)).join('');
    expect(Object.keys(JSON.parse(deployed))).toEqual(['Alert/v1', 'Alert/v2', 'OrderEvent/v1']);
    const ids = schemaIdsFromEnvironment({ EVENT_BUS_SCHEMA_IDS: deployed });
    expect(ids.glueId({ subject: 'Alert', version: 2, canonicalForm: '' })).toBe(uuid);
  });

  test('of all topics fit into the environment of a function today', () => {
    const all = catalogue.topics.map(({ name }) => name);
    expect(() => registryWith().registry.schemaIdsOf(all)).not.toThrow();
  });

  test('that would not fit into the environment of a function are refused when the app is synthesised', () => {
    const versions = Array.from({ length: 60 }, (_, index) => (index === 0 ? alert : withField(alert, `f${index}`)));
    const { registry } = registryWith({ schemas: { Alert: versions } });
    expect(() => registry.schemaIdsOf(['alerts'])).toThrow(
      new RegExp(`1 topics take 3\\d{3} bytes .* allowed are ${schemaIdBudgetBytes}.*Split the consumer`),
    );
  });
});
