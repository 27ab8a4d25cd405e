import { Stack } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { commandsFilter, ingestRules } from '../../src/catalogue/ingest-rules.ts';
import type { Route } from '../../src/catalogue/model.ts';

export interface DevicePolicyProps {
  /** Routes of the catalogue; the MQTT ones count. */
  readonly routes: readonly Route[];
}

/** IoT Core puts the name of the thing here that the device's certificate is attached to. */
const thingName = '${iot:Connection.Thing.ThingName}';

/** Longest policy that IoT Core takes, characters. */
const maxPolicyLength = 2048;

/**
 * What every device may do, and no more: connect under its own name, publish to its own topics of the routes, and hear
 * its own commands. Retained messages and other devices' topics are denied by not being named; the embedded gateway
 * keeps the same rules.
 */
export class DevicePolicy extends Construct {
  readonly policyName: string;

  constructor(scope: Construct, id: string, props: DevicePolicyProps) {
    super(scope, id);
    const policyDocument = documentOf(Stack.of(this), props.routes);
    this.policyName = new CfnPolicy(this, 'Policy', { policyDocument }).ref;
    this.node.addValidation({ validate: () => tooLong(policyDocument) });
  }
}

function documentOf(stack: Stack, routes: readonly Route[]): PolicyDocument {
  const iot = (resource: string, resourceName: string) => stack.formatArn({ service: 'iot', resource, resourceName });
  const own = (filter: string) => filter.replace('+', thingName);
  const filters = routes.filter(({ protocol }) => protocol === 'mqtt').flatMap(ingestRules);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'iot:Connect',
        Resource: iot('client', thingName),
        Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
      },
      { Effect: 'Allow', Action: 'iot:Publish', Resource: filters.map(({ filter }) => iot('topic', own(filter))) },
      { Effect: 'Allow', Action: 'iot:Subscribe', Resource: iot('topicfilter', own(commandsFilter)) },
      { Effect: 'Allow', Action: 'iot:Receive', Resource: iot('topic', own(commandsFilter)) },
    ],
  };
}

interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/** Tokens stand for shorter texts than they are long, except the partition's. */
function tooLong(document: PolicyDocument): string[] {
  const resolved = JSON.stringify(document)
    .replaceAll(/\$\{Token\[AWS\.Partition\.\d+\]\}/g, 'aws-eusc')
    .replaceAll(/\$\{Token\[[^\]]*\]\}/g, '123456789012');
  if (resolved.length <= maxPolicyLength) return [];
  return [
    `the policy of a device is ${resolved.length} characters long, IoT Core takes ${maxPolicyLength}: merge MQTT routes or shorten their filters`,
  ];
}
