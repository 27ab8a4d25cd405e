import { describe, expect, test } from '@jest/globals';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { OperationalDatabase, type OperationalDatabaseProps } from '../../../lib/constructs/operational-database.ts';
import { constructBench, type Resources, statementsOf, synthesised, synthesisedOnce } from '../construct-bench.ts';

function made(given: Partial<OperationalDatabaseProps> = {}) {
  const { stack, network, keys } = constructBench();
  const database = new OperationalDatabase(stack, 'Database', {
    name: 'event-bus-test',
    vpc: network.vpc,
    access: network.access,
    dataKey: keys.data,
    logsKey: keys.logs,
    logRetentionDays: 30,
    minCapacity: 0.5,
    maxCapacity: 4,
    readers: 1,
    backupRetentionDays: 14,
    retainData: true,
    ...given,
  });
  const grantee = new Role(stack, 'Consumer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  return { database, grantee, resources: () => synthesised(stack) };
}

/** Resources of a database with nothing special; synthesised once. */
const usual = synthesisedOnce(() => made().resources());

const cluster = (resources: Resources) => resources('AWS::RDS::DBCluster')[0];
const proxy = (resources: Resources) => resources('AWS::RDS::DBProxy')[0];
const parameters = (resources: Resources) =>
  resources('AWS::RDS::DBClusterParameterGroup')[0]?.Properties['Parameters'];

const connects = (resources: Resources, policy: RegExp) =>
  statementsOf(resources, policy)
    .filter(({ Action }) => Action === 'rds-db:connect')
    .map(({ Resource }) => JSON.stringify(Resource));

describe('the operational database', () => {
  test('trap 15: a cluster that could pause is refused, because the proxy would not let it', () => {
    expect(() => made({ minCapacity: 0 })).toThrow('minCapacity of under-test/Database is 0; give 0.5 or more');
  });

  test('scales between the capacities of its environment and has instances in three zones', () => {
    const resources = made({ readers: 2, minCapacity: 2, maxCapacity: 64 }).resources();
    expect(cluster(resources)?.Properties['ServerlessV2ScalingConfiguration']).toEqual({
      MinCapacity: 2,
      MaxCapacity: 64,
    });
    const instances = resources('AWS::RDS::DBInstance').map(({ Properties }) => Properties);
    const wanted = { PubliclyAccessible: false, MonitoringInterval: 60, EnablePerformanceInsights: true };
    expect(instances).toEqual(Array(3).fill(expect.objectContaining(wanted)));
    expect(resources('AWS::RDS::DBSubnetGroup')[0]?.Properties['SubnetIds']).toHaveLength(3);
  });

  test('has no password and no secret: its owner signs in with IAM', () => {
    const resources = usual();
    const properties = cluster(resources)?.Properties ?? {};
    expect(properties).toMatchObject({
      MasterUsername: 'event_bus_owner',
      MasterUserAuthenticationType: 'iam-db-auth',
      EnableIAMDatabaseAuthentication: true,
      DatabaseName: 'event_bus',
    });
    expect(Object.keys(properties).filter((name) => name.includes('Password'))).toEqual([]);
    expect(resources('AWS::SecretsManager::Secret')).toEqual([]);
  });

  test('is encrypted, backed up, protected and kept when its stack is deleted', () => {
    expect(cluster(usual())).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        StorageEncrypted: true,
        KmsKeyId: expect.anything(),
        PerformanceInsightsKmsKeyId: expect.anything(),
        BackupRetentionPeriod: 14,
        DeletionProtection: true,
        DeleteAutomatedBackups: false,
      },
    });
  });

  test('goes with its stack where data need not be kept', () => {
    expect(cluster(made({ retainData: false }).resources())).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: false },
    });
  });

  test('accepts TLS only, on the way to the proxy and on the way to the cluster', () => {
    const resources = usual();
    expect(proxy(resources)?.Properties['RequireTLS']).toBe(true);
    expect(parameters(resources)).toMatchObject({ 'rds.force_ssl': '1' });
  });

  test('writes its logs and the proxy’s to groups with a key and a retention that exist before it', () => {
    const resources = usual();
    const groups = resources('AWS::Logs::LogGroup');
    expect(groups.map(({ Properties }) => Properties['LogGroupName'])).toEqual([
      '/aws/rds/cluster/event-bus-test/postgresql',
      '/aws/rds/cluster/event-bus-test/iam-db-auth-error',
      '/aws/rds/proxy/event-bus-test',
    ]);
    for (const { id, Properties } of groups) {
      expect(Properties).toMatchObject({ RetentionInDays: 30, KmsKeyId: expect.anything() });
      expect(cluster(resources)?.DependsOn).toContain(id);
      expect(proxy(resources)?.DependsOn).toContain(id);
    }
  });

  test('logs no values: parameters of statements may be personal', () => {
    expect(parameters(usual())).toMatchObject({ log_statement: 'ddl', log_parameter_max_length: '0' });
  });

  test('changes no security group: all rules stand with the network', () => {
    const resources = usual();
    expect(resources('AWS::EC2::SecurityGroup')).toEqual([]);
    expect(resources('AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

describe('signing in', () => {
  test('ends at the proxy with IAM on both of its sides, as the application alone', () => {
    const { database, grantee, resources } = made();
    database.grantConnect(grantee);
    const all = resources();
    expect(proxy(all)?.Properties).toMatchObject({ DefaultAuthScheme: 'IAM_AUTH', EngineFamily: 'POSTGRESQL' });
    expect(proxy(all)?.Properties).not.toHaveProperty('Auth');
    expect(connects(all, /Consumer/)).toEqual([expect.stringMatching(/DBProxyArn.*\/event_bus_app/)]);
    expect(connects(all, /ProxyRole/)).toEqual([expect.stringMatching(/DBClusterResourceId.*\/event_bus_app/)]);
  });

  test('as another user is a right of that user only', () => {
    const { database, grantee, resources } = made();
    database.grantConnect(grantee, 'event_bus_reader');
    const all = resources();
    expect(connects(all, /Consumer/)).toEqual([expect.stringContaining('/event_bus_reader')]);
    expect(connects(all, /ProxyRole/).join()).toContain('/event_bus_reader');
  });

  test('as the owner passes by the proxy, which cannot act as the owner', () => {
    const { database, grantee, resources } = made();
    database.grantOwner(grantee);
    const all = resources();
    expect(connects(all, /Consumer/)).toEqual([expect.stringMatching(/DBClusterResourceId.*\/event_bus_owner/)]);
    expect(connects(all, /ProxyRole/).join()).not.toContain('event_bus_owner');
  });

  test('is described by the environment, without a password', () => {
    const { database } = made();
    expect(database.environmentFor()).toEqual({
      EVENT_BUS_DATABASE_URL: expect.stringMatching(/^postgres:\/\/event_bus_app@.+:5432\/event_bus$/),
      EVENT_BUS_DATABASE_AUTH: 'iam',
    });
    expect(database.ownerEnvironment()).toEqual({
      EVENT_BUS_DATABASE_URL: expect.stringMatching(/^postgres:\/\/event_bus_owner@.+:5432\/event_bus$/),
      EVENT_BUS_DATABASE_AUTH: 'iam',
      NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
    });
  });
});

describe('a global database', () => {
  test('is made from its first member', () => {
    const resources = made({ globalDatabase: { name: 'event-bus-test', member: 'first' } }).resources();
    expect(resources('AWS::RDS::GlobalCluster')).toEqual([
      expect.objectContaining({
        DeletionPolicy: 'Retain',
        Properties: {
          GlobalClusterIdentifier: 'event-bus-test',
          SourceDBClusterIdentifier: expect.anything(),
          DeletionProtection: true,
        },
      }),
    ]);
    expect(cluster(resources)?.Properties).not.toHaveProperty('GlobalClusterIdentifier');
  });

  test('trap 15: its second member names no owner, no credentials and no database', () => {
    const resources = made({ globalDatabase: { name: 'event-bus-test', member: 'second' } }).resources();
    const properties = cluster(resources)?.Properties ?? {};
    expect(properties).toMatchObject({ GlobalClusterIdentifier: 'event-bus-test', StorageEncrypted: true });
    expect(Object.keys(properties).filter((name) => /^(Master|Manage|DatabaseName)/.test(name))).toEqual([]);
    expect(resources('AWS::RDS::GlobalCluster')).toEqual([]);
    expect(resources('AWS::RDS::DBProxy')).toHaveLength(1);
  });
});
