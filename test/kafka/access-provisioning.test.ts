import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../src/core/errors/app-error.ts';
import { makeClusterAcls } from '../../src/kafka/access-provisioning.ts';
import { type AccessAdmin, type AccessRule, accessChanges, writerRules } from '../../src/kafka/access-rules.ts';
import { codedRejectionOf } from '../make/coded-error.ts';

/** A cluster with rules by principal, and how often a client of it was closed. */
function makeCluster(rules: Record<string, readonly AccessRule[]> = {}, failures: Error[] = []) {
  let closed = 0;
  let waits = 0;
  const admin: AccessAdmin = {
    rulesOf: async (principal) => rules[principal] ?? [],
    async setRules(principal, wanted) {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const changes = accessChanges(rules[principal] ?? [], wanted);
      rules[principal] = wanted;
      return changes;
    },
    async close() {
      closed += 1;
    },
  };
  const handle = makeClusterAcls({
    openAdmin: () => admin,
    attempts: 3,
    async wait() {
      waits += 1;
    },
  });
  return { rules, handle, closed: () => closed, waits: () => waits };
}

const request = (RequestType: string, properties: object, PhysicalResourceId?: string) => ({
  RequestType,
  ResourceProperties: { ServiceToken: 'arn', ...properties },
  ...(PhysicalResourceId === undefined ? {} : { PhysicalResourceId }),
});
const denied = () => new AppError('EVENTBUS_KAFKA_DENIED', 'no right yet');
const iot = { principal: 'User:iot', topics: ['sensor.raw', 'telemetry.raw.v1'] };

describe('access rules as a resource of a stack', () => {
  test('are made when the resource is created, which is named after the principal', async () => {
    const { rules, handle, closed } = makeCluster();
    expect(await handle(request('Create', iot))).toEqual({ PhysicalResourceId: 'User:iot' });
    expect(rules).toEqual({ 'User:iot': writerRules('User:iot', iot.topics) });
    expect(closed()).toBe(1);
  });

  test('follow the topics when the resource is updated', async () => {
    const { rules, handle } = makeCluster({ 'User:iot': writerRules('User:iot', ['retired.raw']) });
    await handle(request('Update', iot, 'User:iot'));
    expect(rules['User:iot']).toEqual(writerRules('User:iot', iot.topics));
  });

  test('are taken away when the resource is deleted, also when they are gone already', async () => {
    const { rules, handle } = makeCluster({ 'User:iot': writerRules('User:iot', iot.topics) });
    await handle(request('Delete', iot, 'User:iot'));
    await handle(request('Delete', iot, 'User:iot'));
    expect(rules['User:iot']).toEqual([]);
  });

  test('of another principal are a new resource, and deleting the old one leaves the new one', async () => {
    const { rules, handle } = makeCluster({ 'User:old': writerRules('User:old', iot.topics) });
    expect(await handle(request('Update', iot, 'User:old'))).toEqual({ PhysicalResourceId: 'User:iot' });
    await handle(request('Delete', { principal: 'User:iot', topics: iot.topics }, 'User:old'));
    expect(rules['User:old']).toEqual([]);
    expect(rules['User:iot']).toHaveLength(4);
  });

  test('fail loudly, with the connection closed, so that the deployment is rolled back', async () => {
    const { handle, closed, waits } = makeCluster({}, [new Error('out of memory')]);
    await expect(handle(request('Create', iot))).rejects.toThrow('out of memory');
    expect([closed(), waits()]).toEqual([1, 0]);
  });

  test('wait for rights that are not yet in force', async () => {
    const { rules, handle, closed, waits } = makeCluster({}, [denied(), denied()]);
    await handle(request('Create', iot));
    expect(rules['User:iot']).toHaveLength(4);
    expect([closed(), waits()]).toEqual([3, 2]);
  });

  test('do not wait forever', async () => {
    const { handle, waits } = makeCluster({}, [denied(), denied(), denied(), denied()]);
    expect((await codedRejectionOf(handle(request('Create', iot)))).code).toBe('EVENTBUS_KAFKA_DENIED');
    expect(waits()).toBe(2);
  });

  test.each([
    ['no request type', { ResourceProperties: iot }, /RequestType/],
    ['an unknown request type', request('Replace', iot), /"Replace"/],
    ['no principal', request('Create', { topics: [] }), /principal/],
    ['a principal without its kind', request('Create', { ...iot, principal: 'iot' }), /"iot"/],
    ['topics that are no list', request('Create', { ...iot, topics: 'sensor.raw' }), /topics/],
    ['nothing', undefined, /RequestType/],
  ])('refuse a request with %s', async (_, event, message) => {
    const { handle, closed } = makeCluster();
    const error = await codedRejectionOf(handle(event));
    expect(error.code).toBe('EVENTBUS_KAFKA_ACCESS_REQUEST_INVALID');
    expect(error.message).toMatch(message);
    expect(closed()).toBe(0);
  });
});
