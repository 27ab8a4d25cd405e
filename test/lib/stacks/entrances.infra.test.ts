import { describe, expect, test } from '@jest/globals';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { environments } from '../../../lib/config.ts';
import { ApiStack } from '../../../lib/stacks/api-stack.ts';
import { CacheStack } from '../../../lib/stacks/cache-stack.ts';
import { ConsoleStack } from '../../../lib/stacks/console-stack.ts';
import { EventBusStack } from '../../../lib/stacks/event-bus-stack.ts';
import { IngestStack } from '../../../lib/stacks/ingest-stack.ts';
import { OperationalDatabaseStack } from '../../../lib/stacks/operational-database-stack.ts';
import { RealtimeStack } from '../../../lib/stacks/realtime-stack.ts';
import { RegistryStack } from '../../../lib/stacks/registry-stack.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Catalogue, Route } from '../../../src/catalogue/model.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { constructBench, statementsOf, synthesised } from '../construct-bench.ts';

const config = environments.staging;
const base = { config, site: config.primary };

const routesOf = (protocol: Route['protocol']) => catalogue.routes.filter((route) => route.protocol === protocol);
const [mqttRoutes, grpcRoutes] = [routesOf('mqtt'), routesOf('grpc')];

function first(routes: readonly Route[]): Route {
  const [route] = routes;
  if (route === undefined) throw new Error('the catalogue has no such route');
  return route;
}

/** An entrance with one more route of either protocol than the catalogue has. */
const extra: readonly Route[] = [
  { ...first(mqttRoutes), name: 'drone-telemetry', filter: 'drones/+/telemetry' },
  { ...first(grpcRoutes), name: 'alerts-grpc', topic: 'alerts' },
];
const larger: Catalogue = { ...catalogue, routes: [...catalogue.routes, ...extra] };

function made() {
  const { app, network, keys } = constructBench('staging');
  const access = { ...base, network, logsKey: keys.logs };
  const { cluster } = new EventBusStack(app, 'event-bus', {
    ...base,
    catalogue,
    vpc: network.vpc,
    access: network.access,
    busKey: keys.bus,
    logsKey: keys.logs,
  });
  const { registry } = new RegistryStack(app, 'registry', { ...base, catalogue, schemas });
  const ingest = new IngestStack(app, 'ingest', { ...access, catalogue: larger, cluster, registry, busKey: keys.bus });
  const cache = new CacheStack(app, 'cache', { ...base, network, dataKey: keys.data });
  const reader = new Role(cache, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  cache.cache.grantConnect(reader);
  const { database } = new OperationalDatabaseStack(app, 'database', { ...access, dataKey: keys.data });
  const realtime = new RealtimeStack(app, 'realtime', { ...access, cluster, registry, database, cache: cache.cache });
  const console = new ConsoleStack(app, 'console', { ...access, cluster });
  const answering = { entry: 'telemetry-cleaner', description: 'for the test', topics: ['alerts'] };
  const route = { path: '/vehicles/{id}', function: answering };
  const needs = { ...access, cluster, registry, database };
  const api = new ApiStack(app, 'api', {
    ...needs,
    routes: [
      { ...route, method: HttpMethod.GET },
      { ...route, method: HttpMethod.POST, scopes: ['commands'] },
    ],
  });
  const emptyApi = new ApiStack(app, 'empty-api', { ...needs, routes: [] });
  return {
    network: synthesised(network),
    ingest: synthesised(ingest),
    cache: synthesised(cache),
    realtime: synthesised(realtime),
    console: synthesised(console),
    api: synthesised(api),
    emptyApi: synthesised(emptyApi),
  };
}

const stacks = made();

describe('ingest', () => {
  test('a route more in the catalogue is two topic rules more, a topic of the policy and a right of the gateway', () => {
    const names = stacks.ingest('AWS::IoT::TopicRule').map(({ Properties }) => Properties['RuleName']);
    // Two rules a route, JSON and Avro: those of the catalogue and the one more.
    expect(names).toHaveLength(2 * (mqttRoutes.length + 1));
    expect(names).toContain('event_bus_staging_drone_telemetry_avro');
    expect(JSON.stringify(stacks.ingest('AWS::IoT::Policy'))).toContain('/avro');
    expect(JSON.stringify(stacks.ingest('AWS::IoT::Policy'))).toContain('topic/drones/');
    const writes = statementsOf(stacks.ingest, /TaskRole/).find(({ Action }) =>
      Action.includes('kafka-cluster:WriteData'),
    );
    expect(writes?.Resource).toHaveLength(new Set(grpcRoutes.map(({ topic }) => topic)).size + 1);
    expect(JSON.stringify(writes?.Resource)).toContain('/alerts"');
  });

  test('all rules share one destination in the network', () => {
    expect(stacks.ingest('AWS::IoT::TopicRuleDestination')).toHaveLength(1);
  });

  test('the gateway signs in with IAM and believes the load balancer about who calls', () => {
    const task = stacks.ingest('AWS::ECS::TaskDefinition').at(0)?.Properties ?? {};
    const [container] = task['ContainerDefinitions'] as readonly { readonly Environment: unknown }[];
    expect(container?.Environment).toEqual(
      expect.arrayContaining([
        { Name: 'EVENT_BUS_KAFKA_AUTH', Value: 'iam' },
        { Name: 'EVENT_BUS_CALLER_IDENTITY', Value: 'load-balancer' },
        expect.objectContaining({ Name: 'EVENT_BUS_SCHEMA_IDS' }),
      ]),
    );
  });
});

describe('cache', () => {
  const [cache] = stacks.cache('AWS::ElastiCache::ServerlessCache');
  const [user] = stacks.cache('AWS::ElastiCache::User');
  const [group] = stacks.cache('AWS::ElastiCache::UserGroup');

  test('trap 16: both ports of the cache are open to its clients', () => {
    const opened = stacks
      .network('AWS::EC2::SecurityGroupIngress')
      .filter(({ Properties }) => Properties['Description'] === 'Valkey');
    expect(opened.map(({ Properties }) => [Properties['FromPort'], Properties['ToPort']])).toEqual([[6379, 6380]]);
  });

  test('trap 16: the id of its user is the user’s name, as IAM demands', () => {
    expect(user?.Properties).toMatchObject({
      UserId: 'event-bus-staging-realtime',
      UserName: 'event-bus-staging-realtime',
      AuthenticationMode: { Type: 'iam' },
    });
    expect(user?.Properties['Passwords']).toBeUndefined();
  });

  test('trap 16: the user, the group and the cache come one after the other', () => {
    expect(group?.DependsOn).toEqual([user?.id]);
    expect(cache?.DependsOn).toEqual([group?.id]);
  });

  test('is encrypted with our key, lies in the isolated subnets and keeps snapshots', () => {
    expect(cache?.Properties).toMatchObject({ Engine: 'valkey', SnapshotRetentionLimit: 7 });
    expect(cache?.Properties['SubnetIds']).toHaveLength(3);
    expect(cache?.Properties['KmsKeyId']).toBeDefined();
  });

  test('lets whoever is granted it sign in as that user of that cache', () => {
    const [statement] = statementsOf(stacks.cache, /Reader/);
    expect(statement).toMatchObject({
      Action: 'elasticache:Connect',
      Resource: [{ 'Fn::GetAtt': [cache?.id, 'ARN'] }, { 'Fn::GetAtt': [user?.id, 'Arn'] }],
    });
  });
});

describe('realtime', () => {
  test('takes WebSockets: HTTP/1.1 behind HTTPS, idle for longer than the pings of Socket.IO', () => {
    const [targets] = stacks.realtime('AWS::ElasticLoadBalancingV2::TargetGroup');
    const [balancer] = stacks.realtime('AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(targets?.Properties['ProtocolVersion']).toBe('HTTP1');
    expect(balancer?.Properties['LoadBalancerAttributes']).toContainEqual({
      Key: 'idle_timeout.timeout_seconds',
      Value: '120',
    });
  });
});

describe('the realtime gateway', () => {
  test('is told where log, database and cache are, whom to believe and which pages to let in', () => {
    const [task] = stacks.realtime('AWS::ECS::TaskDefinition');
    const [container] = (task?.Properties['ContainerDefinitions'] ?? []) as readonly ContainerDefinition[];
    const names = container?.Environment.map(({ Name }) => Name);
    expect(names).toEqual(
      expect.arrayContaining([
        'EVENT_BUS_KAFKA',
        'EVENT_BUS_KAFKA_AUTH',
        'EVENT_BUS_SCHEMA_IDS',
        'EVENT_BUS_DATABASE_URL',
        'EVENT_BUS_DATABASE_AUTH',
        'EVENT_BUS_CACHE',
        'EVENT_BUS_CACHE_NAME',
        'EVENT_BUS_CACHE_USER',
        'EVENT_BUS_TOKEN_ISSUER',
        'EVENT_BUS_TOKEN_AUDIENCE',
        'EVENT_BUS_TOKEN_KEYS',
        'EVENT_BUS_ORIGINS',
      ]),
    );
    expect(container?.Environment).toContainEqual({
      Name: 'EVENT_BUS_TOKEN_KEYS',
      Value: 'data:application/json,{{resolve:ssm:/event-bus/staging/oidc-keys}}',
    });
  });

  test('may read the topics that feed rooms, and write to none', () => {
    const actions = statementsOf(stacks.realtime, /GatewayTask/).flatMap(({ Action }) => Action);
    expect(actions).toEqual(
      expect.arrayContaining(['kafka-cluster:ReadData', 'rds-db:connect', 'elasticache:Connect']),
    );
    expect(actions).not.toContain('kafka-cluster:WriteData');
  });
});

interface ContainerDefinition {
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[];
}

describe('console', () => {
  const [listener] = stacks.console('AWS::ElasticLoadBalancingV2::Listener');

  test('sends everyone to the issuer before anything is forwarded', () => {
    const actions = listener?.Properties['DefaultActions'] as readonly Readonly<Record<string, unknown>>[];
    expect(actions.map(({ Type, Order }) => [Type, Order])).toEqual([
      ['authenticate-oidc', 1],
      ['forward', 2],
    ]);
    expect(actions[0]?.['AuthenticateOidcConfig']).toMatchObject({
      Issuer: '{{resolve:ssm:/event-bus/staging/oidc-issuer}}',
      OnUnauthenticatedRequest: 'authenticate',
    });
    expect(stacks.console('AWS::ElasticLoadBalancingV2::ListenerRule')).toHaveLength(0);
  });

  test('reads the client secret when it is deployed, and holds none', () => {
    expect(JSON.stringify(listener)).toContain(
      '{{resolve:secretsmanager:/event-bus/staging/oidc-client-secret:SecretString:::}}',
    );
  });

  test('its balancer alone may call out, to the issuer', () => {
    const egress = stacks
      .network('AWS::EC2::SecurityGroup')
      .filter(({ Properties }) => JSON.stringify(Properties['SecurityGroupEgress'] ?? []).includes('issuer'));
    expect(egress.map(({ id }) => id)).toEqual([expect.stringMatching(/ConsoleLoadBalancer/)]);
  });
});

describe('the HTTP API', () => {
  test('every route wants a token, and one of its scopes where it names any', () => {
    const routes = stacks.api('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties);
    const [authorizer] = stacks.api('AWS::ApiGatewayV2::Authorizer');
    expect(routes.map(({ RouteKey }) => RouteKey)).toEqual(['GET /vehicles/{id}', 'POST /vehicles/{id}']);
    for (const { AuthorizationType, AuthorizerId } of routes) {
      expect([AuthorizationType, AuthorizerId]).toEqual(['JWT', { Ref: authorizer?.id }]);
    }
    expect(routes.map(({ AuthorizationScopes }) => AuthorizationScopes)).toEqual([undefined, ['commands']]);
  });

  test('routes of one file share one function, which only this API may call', () => {
    expect(stacks.api('AWS::Lambda::Function')).toHaveLength(1);
    for (const { Properties } of stacks.api('AWS::Lambda::Permission')) {
      expect(Properties['Principal']).toBe('apigateway.amazonaws.com');
      expect(JSON.stringify(Properties['SourceArn'])).toContain('execute-api');
    }
  });

  test('tokens are those of the issuer for the audience of the API', () => {
    expect(stacks.emptyApi('AWS::ApiGatewayV2::Authorizer')[0]?.Properties).toMatchObject({
      AuthorizerType: 'JWT',
      JwtConfiguration: {
        Issuer: '{{resolve:ssm:/event-bus/staging/oidc-issuer}}',
        Audience: ['{{resolve:ssm:/event-bus/staging/api-audience}}'],
      },
    });
  });

  test('is throttled and logs accesses without tokens, also before it has a route', () => {
    expect(stacks.emptyApi('AWS::ApiGatewayV2::Stage')[0]?.Properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1_000 },
      AccessLogSettings: { Format: expect.not.stringContaining('header') },
    });
    expect(stacks.emptyApi('AWS::ApiGatewayV2::Route')).toHaveLength(0);
    expect(stacks.emptyApi('AWS::Lambda::Function')).toHaveLength(0);
  });
});
