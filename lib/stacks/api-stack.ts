import { CfnOutput, Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { environment as variables } from '../../src/catalogue/environment.ts';
import { type ApiFunction, type ApiRoute, apiRoutes } from '../api-routes.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';
import { BundledFunction } from '../constructs/bundled-function.ts';
import type { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import type { OperationalDatabase } from '../constructs/operational-database.ts';
import type { SchemaIdSource } from '../constructs/schema-registry.ts';
import { prerequisite } from '../prerequisites.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import type { NetworkStack } from './network-stack.ts';

export interface ApiStackProps extends BusStackProps {
  /** @default - those of `lib/api-routes.ts` */
  readonly routes?: readonly ApiRoute[];
  readonly network: NetworkStack;
  readonly cluster: EventBusCluster;
  readonly registry: SchemaIdSource;
  readonly database: OperationalDatabase;
  readonly logsKey: IKey;
}

/** Requests of the whole API; one token's share is the application's matter. */
const throttle = { rateLimit: 500, burstLimit: 1_000 };

/**
 * The HTTP API for commands and queries. Every route wants a token of the issuer for the API's audience, which API
 * Gateway checks before a function is called.
 */
export class ApiStack extends BusStack {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  /** Functions by the name of their file. */
  readonly functions: ReadonlyMap<string, BundledFunction>;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    this.api = new HttpApi(this, 'Api', {
      description: `Commands and queries of the event bus (${this.config.name})`,
      createDefaultStage: false,
    });
    this.stage = this.addStage(props);
    const authorizer = this.addAuthorizer();
    const routes = props.routes ?? apiRoutes;
    const declared = new Map(routes.map((route) => [route.function.entry, route.function]));
    this.functions = new Map([...declared].map(([entry, one]) => [entry, this.addFunction(one, props)]));
    for (const route of routes) this.addRoute(route, authorizer);
    new CfnOutput(this, 'ApiUrl', { value: this.api.apiEndpoint });
  }

  /** Answers of 500 and above. */
  metricServerErrors(): IMetric {
    return this.api.metricServerError({ statistic: 'Sum', period: Duration.minutes(1) });
  }

  /** Answers of 400 to 499: refused tokens, refused input and throttled callers. */
  metricClientErrors(): IMetric {
    return this.api.metricClientError({ statistic: 'Sum', period: Duration.minutes(1) });
  }

  /** Time from a request to its answer, ms. */
  metricLatency(): IMetric {
    return this.api.metricLatency({ statistic: 'p99', period: Duration.minutes(1) });
  }

  private addStage({ logsKey }: ApiStackProps): HttpStage {
    const { logRetentionDays, retainData } = this.config;
    const logGroup = new LogGroup(this, 'AccessLogs', {
      encryptionKey: logsKey,
      retention: logRetentionDays,
      removalPolicy: removalPolicyOf({ retainData }),
    });
    return new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLogLine)),
      },
    });
  }

  private addAuthorizer(): IHttpRouteAuthorizer {
    const { name } = this.config;
    const authorizer = new HttpAuthorizer(this, 'Tokens', {
      httpApi: this.api,
      type: HttpAuthorizerType.JWT,
      identitySource: ['$request.header.Authorization'],
      jwtIssuer: prerequisite(name, 'oidcIssuer'),
      jwtAudience: [prerequisite(name, 'apiAudience')],
    });
    const { authorizerId } = authorizer;
    return HttpAuthorizer.fromHttpAuthorizerAttributes(this, 'RouteTokens', { authorizerId, authorizerType: 'JWT' });
  }

  private addFunction({ entry, description, topics }: ApiFunction, props: ApiStackProps): BundledFunction {
    const { network, cluster, registry, database, logsKey } = props;
    const { name, logRetentionDays, retainData } = this.config;
    const handler = new BundledFunction(this, `Function-${entry}`, {
      entry,
      description,
      logsKey,
      logRetentionDays,
      retainData,
      memoryMb: 1_024,
      vpc: network.vpc,
      securityGroups: [network.access.kafkaClients, network.access.databaseClients],
      environment: {
        [variables.kafka]: cluster.bootstrapIam,
        [variables.kafkaAuth]: 'iam',
        [variables.schemaIds]: registry.schemaIdsOf([...topics]),
        ...database.environmentFor(),
        // The function looks at roles and subjects itself; the network has no way out on which keys could be fetched.
        [variables.tokenIssuer]: prerequisite(name, 'oidcIssuer'),
        [variables.tokenAudience]: prerequisite(name, 'apiAudience'),
        [variables.tokenKeys]: `data:application/json,${prerequisite(name, 'oidcKeys')}`,
      },
    });
    cluster.grantProduce(handler, topics);
    database.grantConnect(handler);
    acknowledge(
      handler,
      'API Gateway waits for the answer and hands every failure to the caller, so that nothing is left for a dead-letter queue; its throttle bounds the requests that reach the function.',
      ...inRegulations('LambdaDLQ'),
      ...inRegulations('LambdaConcurrency'),
      `${packs.serverless}-LambdaDLQ`,
    );
    return handler;
  }

  private addRoute({ method, path, scopes, ...route }: ApiRoute, authorizer: IHttpRouteAuthorizer): void {
    const { entry } = route.function;
    const handler = this.functions.get(entry);
    if (handler === undefined) return;
    this.api.addRoutes({
      path,
      methods: [method],
      integration: new HttpLambdaIntegration(`Integration-${entry}`, handler),
      authorizer,
      ...(scopes === undefined ? {} : { authorizationScopes: [...scopes] }),
    });
  }
}

/** One access: who, what, how it went; never a token and never a body. */
const accessLogLine = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  address: '$context.identity.sourceIp',
  caller: '$context.authorizer.claims.sub',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  error: '$context.error.message',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
};
