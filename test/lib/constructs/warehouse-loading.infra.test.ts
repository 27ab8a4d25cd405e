import { describe, expect, test } from '@jest/globals';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { LakeBucket } from '../../../lib/constructs/lake-bucket.ts';
import { Warehouse } from '../../../lib/constructs/warehouse.ts';
import { WarehouseLoading } from '../../../lib/constructs/warehouse-loading.ts';
import { constructBench, type Resources, statementsOf, synthesised } from '../construct-bench.ts';

function made(loaderEntry: string) {
  const { stack, network, keys } = constructBench();
  const logs = { logsKey: keys.logs, logRetentionDays: 30, retainData: true } as const;
  const warehouse = new Warehouse(stack, 'Warehouse', {
    ...logs,
    name: 'event-bus-test',
    vpc: network.vpc,
    access: network.access,
    dataKey: keys.data,
    baseCapacity: 8,
    maxCapacity: 32,
  });
  const source = new LakeBucket(stack, 'Gold', {
    encryptionKey: keys.data,
    accessLogs: new Bucket(stack, 'AccessLogs'),
    lifecycleRules: [],
    retainData: true,
  });
  new WarehouseLoading(stack, 'Loading', {
    ...logs,
    warehouse,
    source,
    busKey: keys.bus,
    loaderEntry,
  });
  return synthesised(stack);
}

const functionsOf = (resources: Resources) =>
  resources('AWS::Lambda::Function').filter(({ id }) => id.startsWith('Loading'));

describe('the way into the warehouse', () => {
  const prepared = made('not-written-yet');

  test('stands before its loader is written: queue, role and access, but no function that does nothing', () => {
    expect(functionsOf(prepared).map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['LoadingAccess']);
    expect(prepared('AWS::Lambda::EventSourceMapping')).toEqual([]);
    expect(prepared('AWS::IAM::Role').map(({ id }) => id)).toContainEqual(expect.stringContaining('LoaderRole'));
    expect(prepared('AWS::SQS::Queue')).toHaveLength(2);
  });

  test('is closed while nobody would read its queue', () => {
    const [rule] = prepared('AWS::Events::Rule');
    expect(rule?.Properties).toMatchObject({
      State: 'DISABLED',
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [{ Ref: expect.stringMatching(/^Gold/) }] } },
      },
    });
  });

  test('keeps names that EventBridge or the loader could not bring on, under the key of the bus', () => {
    const [failed, names] = prepared('AWS::SQS::Queue').toSorted((one, other) => one.id.localeCompare(other.id));
    expect(names?.Properties['RedrivePolicy']).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [failed?.id, 'Arn'] },
      maxReceiveCount: 20,
    });
    for (const queue of [failed, names]) expect(queue?.Properties['KmsMasterKeyId']).toBeDefined();
    const [rule] = prepared('AWS::Events::Rule');
    expect(rule?.Properties['Targets']).toEqual([
      expect.objectContaining({ DeadLetterConfig: { Arn: { 'Fn::GetAtt': [failed?.id, 'Arn'] } } }),
    ]);
  });

  test('trap 14: the loader’s user is made in the warehouse before the loader, from the name of its role', () => {
    const [access] = functionsOf(prepared);
    expect(access?.Properties['Environment']).toMatchObject({
      Variables: {
        EVENT_BUS_WAREHOUSE: 'redshift://event-bus-test/event_bus',
        EVENT_BUS_WAREHOUSE_LOADER_ROLE: { Ref: expect.stringContaining('LoaderRole') },
        EVENT_BUS_WAREHOUSE_COPY_ROLE: { 'Fn::GetAtt': [expect.stringContaining('CopyRole'), 'Arn'] },
        EVENT_BUS_WAREHOUSE_ADMIN_SECRET: expect.anything(),
      },
    });
    expect(prepared('Custom::Trigger')).toHaveLength(1);
  });

  test('lets COPY read the objects, and the loader none', () => {
    const copy = statementsOf(prepared, /CopyRole/).flatMap(({ Action }) => Action);
    expect(copy).toEqual(expect.arrayContaining(['s3:GetObject', 's3:ListBucket', 'kms:Decrypt']));
    expect(copy.filter((action) => /Put|Delete|Encrypt$/.test(action))).toEqual([]);
    const loader = statementsOf(prepared, /LoaderRole/).flatMap(({ Action }) => Action);
    expect(loader.filter((action) => !action.startsWith('redshift'))).toEqual([]);
  });
});

describe('a loader that is there', () => {
  // Any function of the folder stands for one that loads.
  const loading = made('lake-transform');

  test('reads the queue under the role that was prepared, a few batches at a time', () => {
    const loader = functionsOf(loading).find(({ id }) => id.startsWith('LoadingLoader'));
    expect(loader?.Properties).toMatchObject({
      Role: { 'Fn::GetAtt': [expect.stringContaining('LoaderRole'), 'Arn'] },
      ReservedConcurrentExecutions: 4,
      Environment: { Variables: { EVENT_BUS_WAREHOUSE: 'redshift://event-bus-test/event_bus' } },
    });
    const mapping = loading('AWS::Lambda::EventSourceMapping')[0];
    expect(mapping?.Properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 4 },
    });
  });

  test('is made after its user has its access, and opens the queue', () => {
    const [step] = loading('Custom::Trigger');
    const loader = functionsOf(loading).find(({ id }) => id.startsWith('LoadingLoader'));
    expect(loader?.DependsOn).toContain(step?.id);
    expect(loading('AWS::Events::Rule')[0]?.Properties['State']).toBe('ENABLED');
  });
});
