import { describe, expect, test } from '@jest/globals';
import type { RegionConfig } from '../../../lib/config.ts';
import { environments } from '../../../lib/config.ts';
import { OperationalDatabaseStack } from '../../../lib/stacks/operational-database-stack.ts';
import { constructBench, statementsOf, synthesised } from '../construct-bench.ts';

function stackAt(role: RegionConfig['role']) {
  const { app, network, keys } = constructBench('prod-eu');
  const config = environments['prod-eu'];
  const stack = new OperationalDatabaseStack(app, 'operational-database', {
    config,
    site: { ...config.primary, role },
    network,
    dataKey: keys.data,
    logsKey: keys.logs,
  });
  return synthesised(stack);
}

describe('the stack of the operational database', () => {
  const primary = stackAt('primary');
  const [trigger] = primary('Custom::Trigger');
  const migrate = primary('AWS::Lambda::Function').find(({ id }) => id.startsWith('MigrationMigrate'));

  test('trap 15: migrates as its last step, so that whatever is deployed after it finds the tables', () => {
    expect(trigger?.DependsOn).toEqual(
      expect.arrayContaining(primary('AWS::RDS::DBInstance').map(({ id }) => expect.stringContaining(id.slice(0, 20)))),
    );
    expect(trigger?.Properties).toMatchObject({ InvocationType: 'RequestResponse', ExecuteOnHandlerChange: true });
    expect(JSON.stringify(trigger?.Properties['HandlerArn'])).toContain('MigrationMigrateCurrentVersion');
  });

  test('migrates as the owner over verified TLS, from a place that reaches the database and nothing else', () => {
    expect(migrate?.Properties).toMatchObject({
      ReservedConcurrentExecutions: 1,
      VpcConfig: { SecurityGroupIds: [expect.anything()] },
      Environment: {
        Variables: {
          EVENT_BUS_DATABASE_AUTH: 'iam',
          EVENT_BUS_DATABASE_URL: expect.anything(),
          NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
        },
      },
    });
    expect(JSON.stringify(migrate?.Properties['VpcConfig'])).toContain('AccessMigrations');
    const connects = statementsOf(primary, /MigrationMigrate/).filter(({ Action }) => Action === 'rds-db:connect');
    expect(connects.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringContaining('/event_bus_owner'),
    ]);
  });

  test('joins two regions into one global database and migrates it where it can be written to', () => {
    const replica = stackAt('replica');
    expect(primary('AWS::RDS::GlobalCluster')).toHaveLength(1);
    expect(replica('AWS::RDS::GlobalCluster')).toEqual([]);
    expect(replica('AWS::RDS::DBCluster')[0]?.Properties['GlobalClusterIdentifier']).toBe('event-bus-prod-eu');
    expect(replica('Custom::Trigger')).toEqual([]);
  });
});
