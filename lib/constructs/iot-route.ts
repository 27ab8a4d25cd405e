import { Duration } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { type IngestRule, ingestRules } from '../../src/catalogue/ingest-rules.ts';
import type { Route } from '../../src/catalogue/model.ts';
import type { EnvironmentName } from '../config.ts';
import type { IotDestination } from './iot-destination.ts';

export interface IotRouteProps {
  /** An MQTT route of the catalogue. */
  readonly route: Route;
  readonly environment: EnvironmentName;
  readonly destination: IotDestination;
}

/**
 * The topic rules of one MQTT route: one for JSON, one for framed Avro. Each hands the payload on as it came and adds
 * the CloudEvents headers, which IoT Core fills in from substitution templates.
 */
export class IotRoute extends Construct {
  /** Names of the rules, as metrics and log lines show them. */
  readonly ruleNames: readonly string[];

  constructor(scope: Construct, id: string, props: IotRouteProps) {
    super(scope, id);
    const rules = ingestRules(props.route);
    this.ruleNames = rules.map((rule) => ruleNameOf(props.environment, rule));
    for (const rule of rules) this.addRule(rule, props);
  }

  /** Messages that the brokers did not take, of one rule. */
  metricFailures(ruleName: string): IMetric {
    return new Metric({
      namespace: 'AWS/IoT',
      metricName: 'Failure',
      dimensionsMap: { RuleName: ruleName, ActionType: 'Kafka' },
      statistic: 'Sum',
      period: Duration.minutes(1),
    });
  }

  /** Messages that a rule applied to. */
  metricMatches(ruleName: string): IMetric {
    return new Metric({
      namespace: 'AWS/IoT',
      metricName: 'TopicMatch',
      dimensionsMap: { RuleName: ruleName },
      statistic: 'Sum',
      period: Duration.minutes(1),
    });
  }

  private addRule(rule: IngestRule, { environment, destination, route }: IotRouteProps): void {
    const kafka: CfnTopicRule.KafkaActionProperty = {
      destinationArn: destination.destinationArn,
      topic: rule.topic,
      key: rule.key,
      headers: rule.headers.map(({ key, value }) => ({ key, value })),
      clientProperties: clientProperties(destination),
    };
    const topicRule = new CfnTopicRule(this, rule.name, {
      ruleName: ruleNameOf(environment, rule),
      topicRulePayload: {
        description: route.description,
        // Nothing but `*`: that is what lets payloads pass that are no JSON.
        sql: `SELECT * FROM '${rule.filter}'`,
        awsIotSqlVersion: '2016-03-23',
        ruleDisabled: false,
        actions: [{ kafka }],
        errorAction: {
          sqs: { queueUrl: destination.errors.queueUrl, roleArn: destination.errorRole.roleArn, useBase64: false },
        },
      },
    });
    topicRule.node.addDependency(destination.ready);
  }
}

/** Rule names allow no dashes, and are shared by all environments of an account and region. */
function ruleNameOf(environment: EnvironmentName, rule: IngestRule): string {
  return `event_bus_${environment}_${rule.name}`.replaceAll('-', '_');
}

function clientProperties({ brokers, secretRole }: IotDestination): Readonly<Record<string, string>> {
  const secret = (key: string) =>
    `\${get_secret('${brokers.scramSecretName}', 'SecretString', '${key}', '${secretRole.roleArn}')}`;
  return {
    'bootstrap.servers': brokers.bootstrapScram,
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.scram.username': secret('username'),
    'sasl.scram.password': secret('password'),
    // A record counts as delivered when enough replicas have it; IoT Core's default asks the leader alone.
    acks: 'all',
    'key.serializer': 'org.apache.kafka.common.serialization.StringSerializer',
    // The only one that IoT Core takes: it writes the payload's bytes.
    'value.serializer': 'org.apache.kafka.common.serialization.ByteBufferSerializer',
  };
}
