import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { environment } from '../../src/catalogue/environment.ts';
import { commandsFilter } from '../../src/catalogue/ingest-rules.ts';
import { acknowledgeResources } from '../checks/acknowledge-resources.ts';

/** Variables of a function that sends messages to devices: through the data plane of IoT Core in its own region. */
export function downlinkEnvironment(scope: Construct): Record<string, string> {
  return { [environment.deviceDownlink]: `iot://${Stack.of(scope).region}` };
}

/** Lets a principal publish to the command topic of every device, and to no other topic. */
export function grantDownlink(grantee: Role): void {
  const topic = Stack.of(grantee).formatArn({
    service: 'iot',
    resource: 'topic',
    resourceName: commandsFilter.replace('+', '*'),
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  Grant.addToPrincipal({ grantee, actions: ['iot:Publish'], resourceArns: [topic] });
  acknowledgeResources(
    grantee,
    'Devices are registered as they come; a message may go to the command topic of each, and to no other topic.',
    topic,
  );
}
