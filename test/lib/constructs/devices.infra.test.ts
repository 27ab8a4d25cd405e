import { describe, expect, test } from '@jest/globals';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { DeviceAccount } from '../../../lib/constructs/device-account.ts';
import { DevicePolicy } from '../../../lib/constructs/device-policy.ts';
import { FleetProvisioning } from '../../../lib/constructs/fleet-provisioning.ts';
import { ingestRules } from '../../../src/catalogue/ingest-rules.ts';
import type { Route } from '../../../src/catalogue/model.ts';
import { routes } from '../../../src/catalogue/routes.ts';
import { type DevicePolicy as LocalPolicy, policyOf, ruleFor } from '../../../src/local/mqtt/device-policy.ts';
import { constructBench, statementsOf, synthesised } from '../construct-bench.ts';

const { stack, keys } = constructBench();
const devicePolicy = new DevicePolicy(stack, 'DevicePolicy', { routes });
const provisioning = new FleetProvisioning(stack, 'Provisioning', { environment: 'dev', devicePolicy });
const installer = new Role(stack, 'Installer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
provisioning.grantCreateClaim(installer);
new DeviceAccount(stack, 'Account', {
  logsKey: keys.logs,
  logRetention: 30,
  removalPolicy: RemovalPolicy.DESTROY,
});
const resources = synthesised(stack);

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements of an IoT policy with every ARN cut to what stands behind the account. */
function statements(policy: RegExp): readonly { actions: string[]; names: string[]; condition: unknown }[] {
  const found = resources('AWS::IoT::Policy').find(({ id }) => policy.test(id))?.Properties['PolicyDocument'];
  return (found as { readonly Statement: readonly Statement[] }).Statement.map(({ Action, Resource, Condition }) => ({
    actions: [Action].flat(),
    names: [Resource].flat().map((arn) => nameIn(arn)),
    condition: Condition,
  }));
}

function nameIn(arn: unknown): string {
  const joined = (arn as { readonly 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join'][1];
  return String(joined.at(-1)).replace(/^:/, '');
}

/** A check as schedules name it, from its name as a property. */
const asName = (text: string) => text.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();

const thing = '${iot:Connection.Thing.ThingName}';

describe('the policy of a device', () => {
  const all = statements(/^DevicePolicy/);
  const allowed = (action: string) => all.filter(({ actions }) => actions.includes(action)).flatMap((s) => s.names);
  const own = (action: string) => allowed(action).map((name) => name.replaceAll(thing, 'car-1'));

  test('lets it connect under the name of the thing that its certificate is attached to', () => {
    expect(all[0]).toEqual({
      actions: ['iot:Connect'],
      names: [`client/${thing}`],
      condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
    });
  });

  test('allows what the embedded gateway allows, topic for topic', () => {
    const rules = routes.filter(({ protocol }) => protocol === 'mqtt').flatMap((route) => ingestRules(route));
    const local = policyOf('car-1', rules) as LocalPolicy;
    expect(own('iot:Publish')).toEqual([...local.publish.keys()].map((topic) => `topic/${topic}`));
    expect(own('iot:Subscribe')).toEqual([`topicfilter/${local.commandsTopic}`]);
    expect(own('iot:Receive')).toEqual([`topic/${local.commandsTopic}`]);
    for (const topic of own('iot:Publish')) {
      const message = { topic: topic.replace('topic/', ''), qos: 1, retain: false, payload: '' };
      expect(ruleFor(local, message, 1)).toHaveProperty('topic');
    }
  });

  test('names no wildcard and allows nothing else, so that retained messages stay denied', () => {
    expect(all.flatMap(({ actions }) => actions)).toEqual([
      'iot:Connect',
      'iot:Publish',
      'iot:Subscribe',
      'iot:Receive',
    ]);
    expect(JSON.stringify(all)).not.toContain('*');
  });

  test('is refused at synthesis when it is longer than IoT Core takes', () => {
    const bench = constructBench();
    const many: Route[] = Array.from({ length: 12 }, (_, i) => ({ ...routes[0], filter: `fleet/+/telemetry-${i}` }));
    new DevicePolicy(bench.stack, 'Policy', { routes: many });
    expect(() => synthesised(bench.stack)).toThrow(
      /the policy of a device is \d+ characters long, IoT Core takes 2048/,
    );
  });
});

describe('provisioning', () => {
  const templates: readonly unknown[] = resources('AWS::IoT::ProvisioningTemplate').map((found) => found.Properties);

  test('a claim reaches the topics of provisioning and no topic of a device', () => {
    expect(statements(/ClaimPolicy/)).toEqual([
      { actions: ['iot:Connect'], names: ['client/*'], condition: undefined },
      {
        actions: ['iot:Publish', 'iot:Receive'],
        names: [
          'topic/$aws/certificates/create-from-csr/*',
          'topic/$aws/provisioning-templates/event-bus-dev-claim/provision/*',
        ],
        condition: undefined,
      },
      {
        actions: ['iot:Subscribe'],
        names: [
          'topicfilter/$aws/certificates/create-from-csr/*',
          'topicfilter/$aws/provisioning-templates/event-bus-dev-claim/provision/*',
        ],
        condition: undefined,
      },
    ]);
  });

  test('by claim is switched off while nothing decides who may take which name', () => {
    expect(templates).toEqual([
      expect.objectContaining({ TemplateName: 'event-bus-dev-claim', Enabled: false }),
      expect.objectContaining({ TemplateName: 'event-bus-dev-installer', Enabled: true }),
    ]);
  });

  test('by claim is switched on with a function that decides, which this template alone may call', () => {
    const bench = constructBench();
    const handler = Function.fromFunctionAttributes(bench.stack, 'Hook', {
      functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:hook',
      sameEnvironment: true,
    });
    const devicePolicy = new DevicePolicy(bench.stack, 'Policy', { routes });
    new FleetProvisioning(bench.stack, 'Provisioning', { environment: 'dev', devicePolicy, claimHook: handler });
    const hooked = synthesised(bench.stack);
    const [permission] = hooked('AWS::Lambda::Permission');
    const claim = hooked('AWS::IoT::ProvisioningTemplate').find(({ id }) => id.includes('ClaimTemplate'));
    expect(claim?.Properties).toMatchObject({ Enabled: true, PreProvisioningHook: { PayloadVersion: '2020-04-01' } });
    expect(claim?.DependsOn).toContain(permission?.id);
    expect(permission?.Properties).toMatchObject({ Principal: 'iot.amazonaws.com' });
    expect(nameIn(permission?.Properties['SourceArn'])).toBe('provisioningtemplate/event-bus-dev-claim');
  });

  test('gives a device its thing, its type, an active certificate and the one policy', () => {
    const joined = templates.at(1) as { readonly TemplateBody: { readonly 'Fn::Join': readonly [string, unknown[]] } };
    const parts = joined.TemplateBody['Fn::Join'][1];
    const body = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'NAME')).join('')) as object;
    expect(body).toMatchObject({
      Resources: {
        thing: { Properties: { ThingName: { Ref: 'SerialNumber' }, ThingTypeName: 'NAME' } },
        certificate: { Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'Active' } },
        policy: { Properties: { PolicyName: 'NAME' } },
      },
    });
  });

  test('an installer may make claims of one template', () => {
    const [statement] = statementsOf(resources, /Installer/);
    expect(statement?.Action).toBe('iot:CreateProvisioningClaim');
    expect(nameIn(statement?.Resource)).toBe('provisioningtemplate/event-bus-dev-installer');
  });
});

describe('the account', () => {
  test('logs of IoT Core have a key and a retention', () => {
    const group = resources('AWS::Logs::LogGroup').find(
      ({ Properties }) => Properties['LogGroupName'] === 'AWSIotLogsV2',
    );
    expect(group?.Properties).toMatchObject({ RetentionInDays: 30, KmsKeyId: expect.anything() });
    expect(resources('AWS::IoT::Logging')[0]?.Properties['DefaultLogLevel']).toBe('WARN');
  });

  test('the audit of every day runs the checks that are switched on, and no other', () => {
    const on = resources('AWS::IoT::AccountAuditConfiguration')[0]?.Properties['AuditCheckConfigurations'];
    const scheduled = resources('AWS::IoT::ScheduledAudit')[0];
    expect(scheduled?.Properties['TargetCheckNames']).toEqual(
      Object.keys(on as object).map((name) => asName(name).replace('CACERTIFICATE', 'CA_CERTIFICATE')),
    );
    expect(scheduled?.DependsOn).toEqual([resources('AWS::IoT::AccountAuditConfiguration')[0]?.id]);
  });

  test('every registered device is held to the same behaviour', () => {
    const [profile] = resources('AWS::IoT::SecurityProfile');
    expect(JSON.stringify(profile?.Properties['TargetArns'])).toContain(':all/registered-things');
    expect(profile?.Properties['Behaviors']).toHaveLength(3);
  });
});
