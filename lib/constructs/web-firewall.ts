import { ArnFormat, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

export interface WebFirewallProps {
  /** Load balancer that is protected. */
  readonly resourceArn: string;
  /** Requests of one address in five minutes; more are refused. */
  readonly maxRequestsPerAddress: number;
  /**
   * Beginnings of the paths that are served; every other request is refused.
   * @default every path is served
   */
  readonly paths?: readonly string[];
  /**
   * Whether bodies are inspected. Of a gRPC call they are framed binary data that ends when the stream ends, so that
   * inspecting them finds nothing and may hold it up.
   * @default true
   */
  readonly inspectBodies?: boolean;
  readonly logsKey: IKey;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** Web application firewall of a public load balancer: managed rules, a limit an address, and a log of what it did. */
export class WebFirewall extends Construct {
  readonly #acl: CfnWebACL;

  constructor(scope: Construct, id: string, props: WebFirewallProps) {
    super(scope, id);
    this.#acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible('All'),
      rules: rulesOf(props),
    });
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: props.resourceArn,
      webAclArn: this.#acl.attrArn,
    });
    this.addLogging(props);
  }

  /** Requests that the firewall refused. */
  metricBlocked(): IMetric {
    return new Metric({
      namespace: 'AWS/WAFV2',
      metricName: 'BlockedRequests',
      dimensionsMap: { WebACL: this.#acl.attrId, Region: Stack.of(this).region, Rule: 'ALL' },
      statistic: 'Sum',
      period: Duration.minutes(1),
    });
  }

  private addLogging({ logsKey, logRetention, removalPolicy }: WebFirewallProps): void {
    const stack = Stack.of(this);
    const logGroup = new LogGroup(this, 'Logs', {
      // The service refuses log groups whose names begin otherwise.
      logGroupName: `aws-waf-logs-${stack.stackName}`,
      encryptionKey: logsKey,
      retention: logRetention,
      removalPolicy,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.#acl.attrArn,
      // Without the `:*` that a log group's own ARN ends in, which the service refuses.
      logDestinationConfigs: [
        stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: ['authorization', 'cookie'].map((name) => ({ singleHeader: { Name: name } })),
    });
  }
}

function rulesOf(props: WebFirewallProps): CfnWebACL.RuleProperty[] {
  const bodies = props.inspectBodies ?? true;
  const rules = [
    ...(props.paths === undefined ? [] : [onlyPaths(props.paths)]),
    perAddress(props.maxRequestsPerAddress),
    managed('AWSManagedRulesAmazonIpReputationList'),
    ...(bodies ? [managed('AWSManagedRulesKnownBadInputsRuleSet'), managed('AWSManagedRulesCommonRuleSet')] : []),
  ];
  return rules.map((rule, priority) => ({ ...rule, priority }));
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

function onlyPaths(paths: readonly string[]): Rule {
  const statements = paths.map((path) => ({
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'STARTS_WITH',
      searchString: path,
      textTransformations: [{ priority: 0, type: 'NONE' }],
    },
  }));
  const [only] = statements;
  const served = statements.length === 1 && only !== undefined ? only : { orStatement: { statements } };
  return {
    name: 'OtherPaths',
    action: { block: {} },
    statement: { notStatement: { statement: served } },
    visibilityConfig: visible('OtherPaths'),
  };
}

function perAddress(limit: number): Rule {
  return {
    name: 'TooManyRequests',
    action: { block: { customResponse: { responseCode: 429 } } },
    statement: { rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: 300, limit } },
    visibilityConfig: visible('TooManyRequests'),
  };
}

function managed(name: string): Rule {
  return {
    name,
    overrideAction: { none: {} },
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
    visibilityConfig: visible(name),
  };
}

function visible(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}
