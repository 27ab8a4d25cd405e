import type { RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnBatchScramSecret } from 'aws-cdk-lib/aws-msk';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';

export interface ScramUserProps {
  readonly clusterArn: string;
  /** Name of the user, as access rules on the cluster know it. */
  readonly userName: string;
  /** Prefix of the secret's name behind MSK's own, for example `event-bus-dev`. */
  readonly prefix: string;
  /** Must be a customer-managed key: MSK refuses a secret under the account's default key. */
  readonly encryptionKey: IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** A user with a password for what cannot use IAM, known to the cluster by a secret whose name MSK prescribes. */
export class ScramUser extends Construct {
  readonly secretName: string;
  /** The user as access rules name it. */
  readonly principal: string;
  /** What makes the cluster know the user. A cluster has one of these, whatever the number of users. */
  readonly association: CfnBatchScramSecret;

  constructor(scope: Construct, id: string, props: ScramUserProps) {
    super(scope, id);
    this.secretName = `AmazonMSK_${props.prefix}_${props.userName}`;
    this.principal = `User:${props.userName}`;
    const secret = this.addSecret(props);
    this.association = new CfnBatchScramSecret(this, 'Association', {
      clusterArn: props.clusterArn,
      secretArnList: [secret.secretArn],
    });
    this.association.node.addDependency(secret);
  }

  private addSecret({ userName, encryptionKey, removalPolicy }: ScramUserProps): Secret {
    const secret = new Secret(this, 'Secret', {
      secretName: this.secretName,
      description: `Kafka user ${userName} of the event bus`,
      encryptionKey,
      removalPolicy,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: userName }),
        generateStringKey: 'password',
        passwordLength: 64,
        excludePunctuation: true,
      },
    });
    secret.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BrokersReadTheirUsers',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('kafka.amazonaws.com')],
        actions: ['secretsmanager:GetSecretValue'],
        // In a secret's policy the resource is the secret itself.
        resources: ['*'],
      }),
    );
    acknowledge(
      secret,
      'The brokers and IoT Core read the secret each at a time of their own: between the two a rotated password would refuse every device. docs/runbook.md says how to change it with a second user. The user may write to the raw topics from inside the network and do nothing else.',
      `${packs.solutions}-SMG4`,
      ...inRegulations('SecretsManagerRotationEnabled'),
    );
    return secret;
  }
}
