import { describe, expect, test } from '@jest/globals';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Warehouse, type WarehouseProps } from '../../../lib/constructs/warehouse.ts';
import { constructBench, type Resources, statementsOf, synthesised, synthesisedOnce } from '../construct-bench.ts';

function made(given: Partial<WarehouseProps> = {}) {
  const { stack, network, keys } = constructBench();
  const warehouse = new Warehouse(stack, 'Warehouse', {
    name: 'event-bus-test',
    vpc: network.vpc,
    access: network.access,
    dataKey: keys.data,
    logsKey: keys.logs,
    logRetentionDays: 30,
    baseCapacity: 8,
    maxCapacity: 32,
    retainData: true,
    ...given,
  });
  const grantee = new Role(stack, 'Loader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  return { warehouse, grantee, resources: () => synthesised(stack) };
}

/** Resources of a warehouse with nothing special; synthesised once. */
const usual = synthesisedOnce(() => made().resources());

const namespace = (resources: Resources) => resources('AWS::RedshiftServerless::Namespace')[0];
const workgroup = (resources: Resources) => resources('AWS::RedshiftServerless::Workgroup')[0];

/** Calls of a custom resource, which are JSON with references in between. */
const calls = (resources: Resources, type: string) => JSON.stringify(resources(type)[0]?.Properties);

describe('the warehouse', () => {
  test.each(['Event-Bus', 'eb', 'event_bus'])(
    'trap 14: the name %s is refused, as Redshift would refuse it',
    (name) => {
      expect(() => made({ name })).toThrow(`warehouse is named "${name}"`);
    },
  );

  test('trap 14: the service makes and keeps the password of its administrator, and no other is given', () => {
    const properties = namespace(usual())?.Properties ?? {};
    expect(properties).toMatchObject({ ManageAdminPassword: true, AdminPasswordSecretKmsKeyId: expect.anything() });
    expect(properties).not.toHaveProperty('AdminUserPassword');
  });

  test('trap 14: the role that COPY reads the lake with is attached to the namespace', () => {
    const arn = { 'Fn::GetAtt': [expect.stringMatching(/^WarehouseCopyRole/), 'Arn'] };
    expect(namespace(usual())?.Properties).toMatchObject({ IamRoles: [arn], DefaultIamRoleArn: arn });
    const [role] = usual()('AWS::IAM::Role').filter(({ id }) => id.startsWith('WarehouseCopyRole'));
    const trust = JSON.stringify(role?.Properties['AssumeRolePolicyDocument']);
    expect(trust).toContain('redshift.amazonaws.com');
    expect(trust).toContain('redshift-serverless.amazonaws.com');
    expect(trust).toContain('aws:SourceAccount');
  });

  test('is encrypted with the key of data at rest and kept when its stack is deleted', () => {
    expect(namespace(usual())).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { KmsKeyId: expect.anything(), DbName: 'event_bus' },
    });
    expect(namespace(made({ retainData: false }).resources())?.DeletionPolicy).toBe('Delete');
  });

  test('stands in three isolated subnets, is not public and sends its reading of the lake through the network', () => {
    expect(workgroup(usual())?.Properties).toMatchObject({
      EnhancedVpcRouting: true,
      PubliclyAccessible: false,
      SecurityGroupIds: [expect.anything()],
      BaseCapacity: 8,
      MaxCapacity: 32,
    });
    const subnets = JSON.stringify(workgroup(usual())?.Properties['SubnetIds']);
    expect(subnets.match(/isolatedSubnet\d/g)).toHaveLength(3);
    expect(workgroup(usual())?.Properties['ConfigParameters']).toContainEqual({
      ParameterKey: 'require_ssl',
      ParameterValue: 'true',
    });
  });

  test('writes its audit logs to groups with a key and a retention that exist before it', () => {
    expect(namespace(usual())?.Properties['LogExports']).toEqual(['userlog', 'connectionlog', 'useractivitylog']);
    const groups = usual()('AWS::Logs::LogGroup').filter(({ Properties }) => Properties['LogGroupName'] !== undefined);
    expect(groups.map(({ Properties }) => Properties['LogGroupName'])).toEqual([
      '/aws/redshift/event-bus-test/userlog',
      '/aws/redshift/event-bus-test/connectionlog',
      '/aws/redshift/event-bus-test/useractivitylog',
    ]);
    for (const { id, Properties } of groups) {
      expect(Properties).toMatchObject({ RetentionInDays: 30, KmsKeyId: expect.anything() });
      expect(namespace(usual())?.DependsOn).toContain(id);
    }
  });

  test('copies its snapshots to another region, under a key of that region, when there is one', () => {
    expect(namespace(usual())?.Properties).not.toHaveProperty('SnapshotCopyConfigurations');
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
    const copying = made({ snapshotCopy: { region: 'eu-west-1', keyArn } }).resources();
    expect(namespace(copying)?.Properties['SnapshotCopyConfigurations']).toEqual([
      { DestinationRegion: 'eu-west-1', DestinationKmsKeyId: keyArn, SnapshotRetentionPeriod: 14 },
    ]);
  });
});

describe('what the warehouse may cost a day', () => {
  test('is limited: people are told where they rely on it, and it is switched off where nobody does', () => {
    const kept = calls(usual(), 'Custom::WarehouseUsageLimit');
    expect(kept).toContain('serverless-compute');
    expect(kept).toContain('emit-metric');
    expect(kept).toContain(String(32 * 8));
    expect(calls(made({ retainData: false }).resources(), 'Custom::WarehouseUsageLimit')).toContain('deactivate');
  });

  test('is changed and removed under the id that the service gave it', () => {
    const limit = calls(usual(), 'Custom::WarehouseUsageLimit');
    expect(limit).toContain('updateUsageLimit');
    expect(limit).toContain('deleteUsageLimit');
    expect(limit).toContain('PHYSICAL:RESOURCEID');
  });
});

const actionsOf = (resources: Resources) => statementsOf(resources, /^Loader/).flatMap(({ Action }) => Action);

describe('rights on the warehouse', () => {
  test('to run statements end at the workgroup and at statements of one’s own', () => {
    const { warehouse, grantee, resources } = made();
    warehouse.grantStatements(grantee);
    const statements = statementsOf(resources(), /^Loader/);
    const own = statements.filter(({ Resource }) => Resource === '*');
    expect(own).toEqual([
      expect.objectContaining({
        Action: [
          'redshift-data:CancelStatement',
          'redshift-data:DescribeStatement',
          'redshift-data:GetStatementResult',
        ],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
        Condition: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
      }),
    ]);
    for (const { Resource } of statements.filter((statement) => !own.includes(statement))) {
      expect(JSON.stringify(Resource)).toContain('Workgroup.WorkgroupArn');
    }
  });

  test('of a loader hold no secret; those of an administrator hold exactly the one', () => {
    const loader = made();
    loader.warehouse.grantStatements(loader.grantee);
    expect(actionsOf(loader.resources())).not.toContain('secretsmanager:GetSecretValue');
    const administrator = made();
    administrator.warehouse.grantAdministration(administrator.grantee);
    const secret = statementsOf(administrator.resources(), /^Loader/).find(
      ({ Action }) => Action === 'secretsmanager:GetSecretValue',
    );
    expect(JSON.stringify(secret?.Resource)).toContain('namespace.adminPasswordSecretArn');
  });

  test('are described by the environment, without a password', () => {
    expect(made().warehouse.environment()).toEqual({
      EVENT_BUS_WAREHOUSE: 'redshift://event-bus-test/event_bus',
      EVENT_BUS_WAREHOUSE_COPY_ROLE: expect.any(String),
    });
  });
});
