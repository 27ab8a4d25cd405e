import { Duration, Stack } from 'aws-cdk-lib';
import {
  CfnArchive,
  EventBus,
  type EventPattern,
  type IRuleTarget,
  Match,
  Rule,
  type RuleTargetConfig,
} from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, type IGrantable, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { eventSourcePrefix, eventSources, type RoutedTopic, routedTopics } from '../../src/catalogue/event-routing.ts';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { acknowledgeRouter } from './event-router-acknowledgements.ts';
import { RoutedEventLog } from './routed-event-log.ts';

export interface EventRouterProps {
  /** Topics and event types that rules are made from. */
  readonly catalogue: Pick<Catalogue, 'topics'>;
  /** Encrypts the bus, its archive, the notices and the dead letters. */
  readonly key: IKey;
  /** Encrypts the log of routed events. */
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Whether deleting the stack leaves the archive. */
  readonly retainData: boolean;
  /**
   * Days that events can be replayed from the archive.
   * @default 30
   */
  readonly archiveDays?: number;
}

/**
 * The bus that hands events to people and to other systems, with a rule for the event types of every routed topic.
 * Schema discovery is off: the catalogue has the schemas, and a bus with a key of its own does not offer it.
 */
export class EventRouter extends Construct {
  readonly bus: EventBus;
  /** Alerts and notices, for people to subscribe to. */
  readonly notices: Topic;
  /** Events that a target did not take in a day of attempts. */
  readonly deadLetters: Queue;
  /** Rules by their topics, for targets of other systems. */
  readonly rules: ReadonlyMap<string, Rule>;
  /** For the role of whoever may replay archived events. */
  readonly replayPolicy: ManagedPolicy;
  private readonly log: RoutedEventLog;

  constructor(scope: Construct, id: string, props: EventRouterProps) {
    super(scope, id);
    const { key: encryptionMasterKey } = props;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.notices = new Topic(this, 'Notices', { masterKey: encryptionMasterKey, enforceSSL: true });
    this.bus = new EventBus(this, 'Bus', {
      kmsKey: encryptionMasterKey,
      deadLetterQueue: this.deadLetters,
      description: 'Alerts, domain events and notices of the event bus',
    });
    this.denyOtherAccounts();
    this.log = new RoutedEventLog(this, 'Log', { ...props, deadLetters: this.deadLetters });
    const routed = routedTopics(props.catalogue);
    this.rules = new Map(routed.map((topic) => [topic.topic.name, this.ruleOf(topic)]));
    this.addNotices();
    this.replayPolicy = this.makeReplayPolicy(this.makeArchive(props));
    acknowledgeRouter(this);
  }

  /** What a function that publishes has in its environment. */
  environment(): Record<string, string> {
    return { [environment.eventRouter]: `eventbridge://${this.bus.eventBusName}` };
  }

  /** Lets a principal publish events of the given sources, and of no others. */
  grantPublish(grantee: IGrantable, ...sources: readonly [string, ...string[]]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        conditions: { StringEquals: { 'events:source': sources } },
      }),
    );
  }

  private ruleOf({ topic, kind }: RoutedTopic): Rule {
    const rule = this.rule(topic.name, `Events of ${topic.name}`, {
      source: [eventSources.of(topic.domain)],
      detailType: [...topic.eventTypes],
    });
    if (kind === 'alert') rule.addTarget(this.toNotices());
    return rule;
  }

  private addNotices(): void {
    const rule = this.rule('DeadLetterNotices', 'Notices of the dead-letter processor', {
      source: [eventSources.deadLetters],
    });
    rule.addTarget(this.toNotices());
    const orders = this.rule('OrderNotices', 'Notices about orders that do not get on', {
      source: [eventSources.orders],
    });
    orders.addTarget(this.toNotices());
  }

  private rule(id: string, description: string, eventPattern: EventPattern): Rule {
    const rule = new Rule(this, id, { eventBus: this.bus, description, eventPattern });
    rule.addTarget(this.log);
    return rule;
  }

  private toNotices(): IRuleTarget {
    return withRetries(new SnsTopic(this.notices, { deadLetterQueue: this.deadLetters }));
  }

  /** Whatever a rule or a mistake might allow later: nobody outside of the account publishes here. */
  private denyOtherAccounts(): void {
    this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'DenyOtherAccounts',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        conditions: { StringNotEquals: { 'aws:PrincipalAccount': Stack.of(this).account } },
      }),
    );
  }

  private makeArchive({ key, archiveDays, retainData }: EventRouterProps): CfnArchive {
    const archive = new CfnArchive(this, 'Archive', {
      sourceArn: this.bus.eventBusArn,
      description: 'Every event of the bus, for replays',
      eventPattern: { source: Match.prefix(eventSourcePrefix) },
      retentionDays: archiveDays ?? 30,
      kmsKeyIdentifier: key.keyArn,
    });
    archive.applyRemovalPolicy(removalPolicyOf({ retainData }));
    return archive;
  }

  private makeReplayPolicy(archive: CfnArchive): ManagedPolicy {
    const replays = Stack.of(this).formatArn({ service: 'events', resource: 'replay', resourceName: '*' });
    return new ManagedPolicy(this, 'ReplayPolicy', {
      description: 'Starts, watches and cancels replays of archived events onto the same event bus',
      statements: [
        new PolicyStatement({
          actions: ['events:StartReplay', 'events:DescribeArchive'],
          resources: [archive.attrArn],
        }),
        new PolicyStatement({ actions: ['events:DescribeReplay', 'events:CancelReplay'], resources: [replays] }),
      ],
    });
  }
}

/** The target with retries for a day, which is the longest that EventBridge makes; then the event is a dead letter. */
function withRetries(target: IRuleTarget): IRuleTarget {
  return {
    bind: (rule, id): RuleTargetConfig => ({
      ...target.bind(rule, id),
      retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
    }),
  };
}
