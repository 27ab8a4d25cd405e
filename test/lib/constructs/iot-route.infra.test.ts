import { describe, expect, test } from '@jest/globals';
import { IotDestination } from '../../../lib/constructs/iot-destination.ts';
import { IotRoute } from '../../../lib/constructs/iot-route.ts';
import { ingestRules } from '../../../src/catalogue/ingest-rules.ts';
import { routes } from '../../../src/catalogue/routes.ts';
import { constructBench, synthesised } from '../construct-bench.ts';

const [route] = routes;

function made() {
  const { stack, network, keys } = constructBench();
  const destination = new IotDestination(stack, 'Destination', {
    vpc: network.vpc,
    securityGroup: network.access.iotDestination,
    brokers: { bootstrapScram: 'b-1:9096', scramSecretName: 'AmazonMSK_test' },
    encryptionKey: keys.bus,
    logsKey: keys.logs,
    logRetentionDays: 30,
    retainData: true,
  });
  const made = new IotRoute(stack, 'Route', { route, environment: 'prod-eu', destination });
  return { made, resources: synthesised(stack) };
}

const { made: iotRoute, resources } = made();

interface RulePayload {
  readonly Sql: string;
  readonly AwsIotSqlVersion: string;
  readonly Actions: readonly { readonly Kafka: Readonly<Record<string, unknown>> }[];
  readonly ErrorAction: unknown;
}

const rules = resources('AWS::IoT::TopicRule').map(({ id, Properties, DependsOn }) => ({
  id,
  name: String(Properties['RuleName']),
  payload: Properties['TopicRulePayload'] as RulePayload,
  dependsOn: DependsOn,
}));

const inlineOf = (role: RegExp) => {
  const found = resources('AWS::IAM::Role').find(({ id }) => role.test(id))?.Properties['Policies'];
  return (found as readonly { readonly PolicyDocument: { readonly Statement: readonly object[] } }[]).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
};

describe('the rules of a route', () => {
  test('trap 12: rule names have no dashes', () => {
    expect(rules.map(({ name }) => name)).toEqual([
      'event_bus_prod_eu_vehicle_telemetry',
      'event_bus_prod_eu_vehicle_telemetry_avro',
    ]);
    expect(iotRoute.ruleNames).toEqual(rules.map(({ name }) => name));
  });

  test('trap 12: the SQL version is not left at that of 2015', () => {
    expect(rules.map(({ payload }) => payload.AwsIotSqlVersion)).toEqual(['2016-03-23', '2016-03-23']);
  });

  test('trap 12: substitution templates reach IoT Core as they stand in the catalogue', () => {
    for (const [index, rule] of ingestRules(route).entries()) {
      const kafka = rules[index]?.payload.Actions[0]?.Kafka;
      expect(kafka).toMatchObject({ Topic: rule.topic, Key: '${topic(2)}' });
      expect(kafka?.['Headers']).toEqual(rule.headers.map(({ key, value }) => ({ Key: key, Value: value })));
    }
  });

  test('hand payloads on unchanged: a SELECT that names nothing but the whole message', () => {
    expect(rules.map(({ payload }) => payload.Sql)).toEqual([
      "SELECT * FROM 'fleet/+/telemetry'",
      "SELECT * FROM 'fleet/+/telemetry/avro'",
    ]);
    const named = JSON.stringify(rules.map(({ payload }) => payload.Actions)).match(/\$\{[a-z_]+/g);
    expect(new Set(named)).toEqual(new Set(['${get_secret', '${topic', '${newuuid', '${parse_time']));
  });

  test('count a record as delivered when all in-sync replicas have it, and sign in with SCRAM over TLS', () => {
    const properties = rules[0]?.payload.Actions[0]?.Kafka['ClientProperties'];
    expect(properties).toMatchObject({
      acks: 'all',
      'bootstrap.servers': 'b-1:9096',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'value.serializer': expect.stringMatching(/\.ByteBufferSerializer$/),
    });
    const { 'sasl.scram.password': password } = properties as Readonly<Record<string, unknown>>;
    expect(JSON.stringify(password)).toContain("${get_secret('AmazonMSK_test', 'SecretString', 'password', '");
  });

  test('send what the brokers did not take to an encrypted queue', () => {
    const queue = resources('AWS::SQS::Queue')[0];
    expect(queue?.Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600 });
    expect(queue?.Properties['KmsMasterKeyId']).toBeDefined();
    for (const { payload } of rules) {
      expect(payload.ErrorAction).toMatchObject({ Sqs: { QueueUrl: { Ref: queue?.id }, UseBase64: false } });
    }
    expect(inlineOf(/ErrorRole/)).toEqual([
      expect.objectContaining({ Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [queue?.id, 'Arn'] } }),
      expect.objectContaining({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
    ]);
  });
});

describe('the destination in the network', () => {
  const destination = resources('AWS::IoT::TopicRuleDestination')[0]?.Properties['VpcProperties'];

  test('trap 12: its role has its rights before the destination is created, inside the role', () => {
    const actions = inlineOf(/NetworkRole/).flatMap((statement) => (statement as { readonly Action: unknown }).Action);
    expect(new Set(actions.flat())).toEqual(
      new Set([
        'ec2:CreateNetworkInterface',
        'ec2:CreateNetworkInterfacePermission',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcs',
      ]),
    );
    expect(resources('AWS::IAM::Policy').filter(({ id }) => id.includes('NetworkRole'))).toEqual([]);
  });

  test('trap 12: no rule stands before a function has seen that IoT Core reaches the network', () => {
    const [call] = resources('Custom::Trigger');
    for (const { dependsOn } of rules) expect(dependsOn).toContain(call?.id);
    const gate = resources('AWS::Lambda::Function').find(({ id }) => id.startsWith('DestinationGate'));
    expect(gate?.Properties['Environment']).toMatchObject({
      Variables: {
        EVENT_BUS_IOT_DESTINATION: { 'Fn::GetAtt': [resources('AWS::IoT::TopicRuleDestination')[0]?.id, 'Arn'] },
      },
    });
  });

  test('is in the private subnets of three zones', () => {
    expect((destination as { readonly SubnetIds: unknown[] }).SubnetIds).toHaveLength(3);
  });

  test('reads that one secret with the key of the bus, and nothing else', () => {
    const [secret, key] = inlineOf(/SecretRole/);
    expect(secret).toMatchObject({ Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'] });
    expect(JSON.stringify(secret)).toContain(':secret:AmazonMSK_test-??????');
    expect(key).toMatchObject({ Action: 'kms:Decrypt' });
  });

  test('trap 6: only IoT Core acting for this account may take its roles', () => {
    const roles = resources('AWS::IAM::Role').filter(({ id }) => /(Network|Secret|Error)Role/.test(id));
    expect(roles).toHaveLength(3);
    for (const { Properties } of roles) {
      expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'iot.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      });
    }
  });
});
