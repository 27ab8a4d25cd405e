import type { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnBatchScramSecret } from 'aws-cdk-lib/aws-msk';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge, inRegulations, packs } from '../checks/acknowledge.ts';

export interface ScramUsersProps {
  readonly clusterArn: string;
  /** Names of the users, as access rules on the cluster know them. */
  readonly names: readonly string[];
  /** Prefix of the secrets' names behind MSK's own, for example `event-bus-dev`. */
  readonly prefix: string;
  /** Must be a customer-managed key: MSK refuses a secret under the account's default key. */
  readonly encryptionKey: IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** Users with passwords for what cannot use IAM, known to the cluster by secrets whose names MSK prescribes. */
export class ScramUsers extends Construct {
  /** What makes the cluster know the users. A cluster has one of these, whatever their number. */
  readonly association: CfnBatchScramSecret;
  readonly #prefix: string;

  constructor(scope: Construct, id: string, props: ScramUsersProps) {
    super(scope, id);
    this.#prefix = props.prefix;
    const secrets = props.names.map((name) => this.addSecret(name, props));
    this.association = new CfnBatchScramSecret(this, 'Association', {
      clusterArn: props.clusterArn,
      secretArnList: secrets.map(({ secretArn }) => secretArn),
    });
    this.association.node.addDependency(...secrets);
  }

  secretName(user: string): string {
    return `AmazonMSK_${this.#prefix}_${user}`;
  }

  private addSecret(user: string, { encryptionKey, removalPolicy }: ScramUsersProps): Secret {
    const secret = new Secret(this, user, {
      secretName: this.secretName(user),
      description: `Kafka user ${user} of the event bus`,
      encryptionKey,
      removalPolicy,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: user }),
        generateStringKey: 'password',
        passwordLength: 64,
        excludePunctuation: true,
      },
    });
    secret.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BrokersReadTheirUsers',
        principals: [new ServicePrincipal('kafka.amazonaws.com')],
        actions: ['secretsmanager:GetSecretValue'],
        // In a secret's policy the resource is the secret itself.
        resources: ['*'],
      }),
    );
    acknowledge(
      secret,
      'The brokers and IoT Core read the secret each at a time of their own: between the two a rotated password would refuse every device. It is changed by a second user, as docs/runbook.md says. The user may write to the raw topics from inside the network and do nothing else.',
      `${packs.solutions}-SMG4`,
      ...inRegulations('SecretsManagerRotationEnabled'),
    );
    return secret;
  }
}
