import { Stack } from 'aws-cdk-lib';
import { acknowledge, packs } from '../checks/acknowledge.ts';
import type { EventRouter } from './event-router.ts';

/** What a reviewer may ask about the event router. */
export function acknowledgeRouter(router: EventRouter): void {
  const { partition, region } = Stack.of(router);
  acknowledge(
    router.replayPolicy,
    'A replay has no ARN before it is started. Watching and cancelling any replay of the account reveals and destroys no event; starting one is limited to the archive of this bus.',
    `${packs.solutions}-IAM5[Resource::arn:${partition}:events:${region}:<AWS::AccountId>:replay/*]`,
  );
  acknowledge(
    router.deadLetters,
    'This queue is the dead-letter queue, of the bus and of every target; an alarm watches it, and nothing consumes it but people.',
    `${packs.solutions}-SQS3`,
    `${packs.serverless}-SQSRedrivePolicy`,
  );
}
