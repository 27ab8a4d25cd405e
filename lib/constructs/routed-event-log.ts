import { ArnFormat, Stack } from 'aws-cdk-lib';
import {
  EventField,
  type IRule,
  type IRuleTarget,
  type RuleTargetConfig,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, ResourcePolicy } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { removalPolicyOf } from '../removal-policy.ts';

export interface RoutedEventLogProps {
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  readonly retainData: boolean;
  /** Receives what the log did not take. */
  readonly deadLetters: Queue;
}

/**
 * One line an event that a rule matched: when, what, which, from whom. Details stay out of it, they may be personal;
 * the archive has them. EventBridge writes only to groups below `/aws/events/`, hence the physical name.
 */
export class RoutedEventLog extends Construct implements IRuleTarget {
  private readonly logGroupName: string;
  private readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: RoutedEventLogProps) {
    super(scope, id);
    this.logGroupName = `/aws/events/${Stack.of(this).stackName}/routed`;
    this.deadLetters = props.deadLetters;
    const logGroup = new LogGroup(this, 'Lines', {
      logGroupName: this.logGroupName,
      encryptionKey: props.logsKey,
      retention: props.logRetentionDays,
      removalPolicy: removalPolicyOf(props),
    });
    new ResourcePolicy(this, 'WrittenByRules', {
      policyStatements: [
        new PolicyStatement({
          principals: [
            new ServicePrincipal('events.amazonaws.com'),
            new ServicePrincipal('delivery.logs.amazonaws.com'),
          ],
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
          conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        }),
      ],
    });
  }

  bind(rule: IRule): RuleTargetConfig {
    this.deadLetters.addToResourcePolicy(
      new PolicyStatement({
        sid: `LogOf${rule.node.id.replaceAll(/[^A-Za-z0-9]/g, '')}`,
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.deadLetters.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
      }),
    );
    return {
      arn: Stack.of(this).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: this.logGroupName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      deadLetterConfig: { arn: this.deadLetters.queueArn },
      input: RuleTargetInput.fromObject({
        timestamp: EventField.time,
        message: `${EventField.detailType} ${EventField.eventId} from ${EventField.source}`,
      }),
    };
  }
}
