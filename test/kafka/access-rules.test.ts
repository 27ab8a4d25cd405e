import { describe, expect, test } from '@jest/globals';
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { type AccessRule, accessChanges, writerRules } from '../../src/kafka/access-rules.ts';

const describeRaw: AccessRule = {
  resourceType: ResourceTypes.TOPIC,
  resourceName: 'sensor.raw',
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: 'User:iot',
  host: '*',
  operation: AclOperations.DESCRIBE,
  permissionType: AclPermissionTypes.ALLOW,
};
const writeRaw: AccessRule = { ...describeRaw, operation: AclOperations.WRITE };

describe('rules of a writer', () => {
  test('let it describe and write its topics, by their full names, and nothing else', () => {
    expect(writerRules('User:iot', ['sensor.raw'])).toEqual([describeRaw, writeRaw]);
  });

  test('name a topic once that several routes write to', () => {
    expect(writerRules('User:iot', ['sensor.raw', 'sensor.raw'])).toHaveLength(2);
  });
});

describe('changes of access', () => {
  test('are all rules on a new cluster', () => {
    expect(accessChanges([], [describeRaw, writeRaw])).toEqual({ missing: [describeRaw, writeRaw], surplus: [] });
  });

  test('are none when the rules stand already, in whatever order', () => {
    expect(accessChanges([writeRaw, describeRaw], [describeRaw, writeRaw])).toEqual({ missing: [], surplus: [] });
  });

  test('remove what is no longer declared', () => {
    const onOldTopic = { ...writeRaw, resourceName: 'retired.raw' };
    expect(accessChanges([describeRaw, writeRaw, onOldTopic], [describeRaw, writeRaw])).toEqual({
      missing: [],
      surplus: [onOldTopic],
    });
  });

  test.each<[string, Partial<AccessRule>]>([
    ['denied', { permissionType: AclPermissionTypes.DENY }],
    ['for one host', { host: '10.0.0.1' }],
    ['for a prefix', { resourcePatternType: ResourcePatternTypes.PREFIXED }],
    ['for a group of that name', { resourceType: ResourceTypes.GROUP }],
    ['for another operation', { operation: AclOperations.READ }],
  ])('replace a rule that is %s', (_, difference) => {
    const other = { ...writeRaw, ...difference };
    expect(accessChanges([other], [writeRaw])).toEqual({ missing: [writeRaw], surplus: [other] });
  });
});
