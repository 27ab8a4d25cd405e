import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import {
  CfnPolicy,
  CfnProvisioningTemplate,
  type CfnProvisioningTemplateProps,
  CfnThingType,
} from 'aws-cdk-lib/aws-iot';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge, packs } from '../checks/acknowledge.ts';
import type { EnvironmentName } from '../config.ts';
import type { DevicePolicy } from './device-policy.ts';
import { iotOfThisAccount } from './iot-destination.ts';

export interface FleetProvisioningProps {
  readonly environment: EnvironmentName;
  /** Policy that a provisioned device's certificate gets. */
  readonly devicePolicy: DevicePolicy;
  /**
   * Function that decides whether a device may take the name it asks for. Whoever holds a claim certificate can ask for
   * any name, so that provisioning by claim stays switched off without it.
   * @default none: the claim template exists but is disabled
   */
  readonly claimHook?: IFunction;
}

/**
 * How a device gets its certificate: by a claim certificate that it was made with, or by an installer who is trusted.
 * Either way the key pair is made on the device and only its signing request leaves it.
 */
export class FleetProvisioning extends Construct {
  readonly thingTypeName: string;
  /** Policy for claim certificates, which the operator makes and attaches. */
  readonly claimPolicyName: string;
  readonly claimTemplateName: string;
  readonly installerTemplateName: string;
  readonly #role: Role;
  readonly #devicePolicy: DevicePolicy;

  constructor(scope: Construct, id: string, props: FleetProvisioningProps) {
    super(scope, id);
    this.#devicePolicy = props.devicePolicy;
    this.thingTypeName = new CfnThingType(this, 'ThingType', {
      thingTypeProperties: {
        thingTypeDescription: 'Devices of the event bus',
        searchableAttributes: ['environment'],
      },
    }).ref;
    // Devices name the template in the topics they provision by, so that it cannot have a generated name.
    this.claimTemplateName = `event-bus-${props.environment}-claim`;
    this.installerTemplateName = `event-bus-${props.environment}-installer`;
    this.#role = this.addRole();
    this.addClaimTemplate(props);
    this.addTemplate('InstallerTemplate', props.environment, {
      templateName: this.installerTemplateName,
      description: 'An installer provisions a device with a claim that lives for five minutes',
      enabled: true,
    });
    this.claimPolicyName = this.addClaimPolicy();
  }

  /** Lets a person or program make the five-minute claims of the installer's template. */
  grantCreateClaim(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['iot:CreateProvisioningClaim'],
      resourceArns: [this.iot('provisioningtemplate', this.installerTemplateName)],
    });
  }

  private addClaimTemplate({ environment, claimHook }: FleetProvisioningProps): void {
    const template = this.addTemplate('ClaimTemplate', environment, {
      templateName: this.claimTemplateName,
      description: 'A device with a claim certificate provisions itself',
      enabled: claimHook !== undefined,
      ...(claimHook === undefined
        ? {}
        : { preProvisioningHook: { targetArn: claimHook.functionArn, payloadVersion: '2020-04-01' } }),
    });
    if (claimHook === undefined) return;
    // The permission is named, not made by `grantInvoke`: it has to stand before the template that IoT Core checks.
    const permission = new CfnPermission(this, 'ClaimHookPermission', {
      action: 'lambda:InvokeFunction',
      functionName: claimHook.functionArn,
      principal: 'iot.amazonaws.com',
      sourceAccount: Stack.of(this).account,
      sourceArn: this.iot('provisioningtemplate', this.claimTemplateName),
    });
    template.addResourceDependency(permission);
  }

  private addTemplate(id: string, environment: EnvironmentName, props: TemplateProps): CfnProvisioningTemplate {
    return new CfnProvisioningTemplate(this, id, {
      ...props,
      templateType: 'FLEET_PROVISIONING',
      provisioningRoleArn: this.#role.roleArn,
      templateBody: Stack.of(this).toJsonString(this.body(environment)),
    });
  }

  private body(environment: EnvironmentName): Readonly<Record<string, unknown>> {
    return {
      Parameters: { SerialNumber: { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
      Resources: {
        thing: {
          Type: 'AWS::IoT::Thing',
          Properties: {
            ThingName: { Ref: 'SerialNumber' },
            ThingTypeName: this.thingTypeName,
            AttributePayload: { environment },
          },
          OverrideSettings: { AttributePayload: 'MERGE', ThingTypeName: 'REPLACE', ThingGroups: 'DO_NOTHING' },
        },
        certificate: {
          Type: 'AWS::IoT::Certificate',
          Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' },
        },
        policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: this.#devicePolicy.policyName } },
      },
    };
  }

  /** Publishing a signing request and a registration, hearing the answers, and nothing that devices do later. */
  private addClaimPolicy(): string {
    const provisioning = `$aws/provisioning-templates/${this.claimTemplateName}/provision/*`;
    const certificates = '$aws/certificates/create-from-csr/*';
    const topics = [this.iot('topic', certificates), this.iot('topic', provisioning)];
    const filters = [this.iot('topicfilter', certificates), this.iot('topicfilter', provisioning)];
    const policyDocument = {
      Version: '2012-10-17',
      Statement: [
        // The client id is the serial number that the device asks for; many devices share one claim.
        allow('iot:Connect', this.iot('client', '*')),
        allow(['iot:Publish', 'iot:Receive'], topics),
        allow('iot:Subscribe', filters),
      ],
    };
    const policy = new CfnPolicy(this, 'ClaimPolicy', { policyDocument });
    acknowledge(
      policy,
      'A claim is shared by devices that have no name yet, so it may connect under any; the wildcard of each topic stands for the steps and formats of provisioning (json, cbor, accepted, rejected). It reaches no topic of a device.',
      'event-bus::policy-wildcard',
    );
    return policy.ref;
  }

  /** Rights of IoT Core while it registers a device; AWS's managed policy for it names every thing, policy and group. */
  private addRole(): Role {
    const policy = this.iot('policy', this.#devicePolicy.policyName);
    const things = this.iot('thing', '*');
    const certificates = this.iot('cert', '*');
    const statements = [
      new PolicyStatement({
        actions: ['iot:CreateThing', 'iot:DescribeThing', 'iot:UpdateThing', 'iot:ListThingPrincipals'],
        resources: [things],
      }),
      new PolicyStatement({
        actions: ['iot:DescribeThingType'],
        resources: [this.iot('thingtype', this.thingTypeName)],
      }),
      new PolicyStatement({
        actions: ['iot:DescribeCertificate', 'iot:UpdateCertificate'],
        resources: [certificates],
      }),
      new PolicyStatement({
        actions: ['iot:AttachThingPrincipal', 'iot:DetachThingPrincipal'],
        resources: [things, certificates],
      }),
      new PolicyStatement({ actions: ['iot:AttachPolicy'], resources: [certificates, policy] }),
      new PolicyStatement({ actions: ['iot:GetPolicy', 'iot:ListTargetsForPolicy'], resources: [policy] }),
      // These have no resource of their own to be confined to.
      new PolicyStatement({
        actions: ['iot:ListAttachedPolicies', 'iot:ListPrincipalThings', 'iot:RegisterThing'],
        resources: ['*'],
      }),
    ];
    const role = new Role(this, 'Role', {
      assumedBy: iotOfThisAccount(this),
      inlinePolicies: { RegisterDevices: new PolicyDocument({ statements }) },
    });
    const arn = (kind: string) =>
      `Resource::arn:${Stack.of(this).partition}:iot:${Stack.of(this).region}:<AWS::AccountId>:${kind}/*`;
    acknowledge(
      role,
      'Names of things and ids of certificates do not exist before the device is registered; what it may do afterwards is the one policy that this role can attach. Registering and listing know no resource.',
      `${packs.solutions}-IAM5[Resource::*]`,
      `${packs.solutions}-IAM5[${arn('thing')}]`,
      `${packs.solutions}-IAM5[${arn('cert')}]`,
    );
    return role;
  }

  private iot(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'iot', resource, resourceName });
  }
}

function allow(Action: string | readonly string[], Resource: string | readonly string[]) {
  return { Effect: 'Allow', Action, Resource };
}

type TemplateProps = Pick<
  CfnProvisioningTemplateProps,
  'templateName' | 'description' | 'enabled' | 'preProvisioningHook'
>;
