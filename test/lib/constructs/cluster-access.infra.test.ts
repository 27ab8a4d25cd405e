import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Route } from '../../../src/catalogue/model.ts';
import { busStacks } from '../bus-stacks.ts';
import { idOf, onlyOne } from '../template-order.ts';

const added: Route = { ...catalogue.routes[0], name: 'added', filter: 'added/+/readings', topic: 'alerts' };
const { eventBus, templateOf } = busStacks(environments.prod, { ...catalogue, routes: [...catalogue.routes, added] });
const template = templateOf(eventBus);
const cluster = { 'Fn::GetAtt': [idOf(template, 'AWS::MSK::Cluster'), 'Arn'] };

describe('access rules of IoT Core', () => {
  test('name the topics of the MQTT routes, each once, and follow the catalogue', () => {
    expect(onlyOne(template, 'Custom::ClusterAccess')).toMatchObject({
      Properties: {
        principal: 'User:iot',
        topics: [
          'alerts',
          'sensor.raw',
          'telemetry.raw.v1',
          'veh.events.raw',
          'vehicle.replies.v1',
          'wind.turbine.raw',
        ],
      },
      DeletionPolicy: 'Retain',
    });
  });

  test('are made anew on another cluster', () => {
    expect(onlyOne(template, 'Custom::ClusterAccess')).toMatchObject({ Properties: { clusterArn: cluster } });
  });

  test('are made by a function in the network that logs in with IAM', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions.find(({ Properties }) => /access rules/.test(Properties.Description))).toMatchObject({
      Properties: {
        VpcConfig: { SubnetIds: expect.anything(), SecurityGroupIds: [expect.anything()] },
        Environment: {
          Variables: {
            EVENT_BUS_KAFKA: {
              'Fn::GetAtt': [idOf(template, 'Custom::BootstrapBrokers'), 'BootstrapBrokerStringSaslIam'],
            },
            EVENT_BUS_KAFKA_AUTH: 'iam',
          },
        },
      },
    });
  });

  test('need the right to change the cluster’s rules, and no right on a topic', () => {
    const statements = Object.entries(template.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith('AccessFunctionRole'))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => JSON.stringify(Action).includes('kafka'));
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: ['kafka-cluster:AlterCluster', 'kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'],
        Resource: cluster,
      },
    ]);
  });

  test('need no way out of the network: another function, outside of it, answers to CloudFormation', () => {
    const [[id, framework] = ['', {}]] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(
      ([, { Properties }]) => Properties.Handler === 'framework.onEvent',
    );
    expect(framework).toHaveProperty('Properties.Handler');
    expect(framework).not.toHaveProperty('Properties.VpcConfig');
    const rules = onlyOne(template, 'Custom::ClusterAccess');
    expect(rules).toHaveProperty('Properties.ServiceToken', { 'Fn::GetAtt': [id, 'Arn'] });
  });
});
