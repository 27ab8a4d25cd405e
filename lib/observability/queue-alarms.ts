import { Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { type AlarmSet, minute } from '../constructs/alarm-set.ts';
import { IotDestination } from '../constructs/iot-destination.ts';
import { findAll, placeOf } from './find-all.ts';

/** Time in which a reader takes a message, with the retries of a short outage. */
const toleratedAge = Duration.minutes(15);

/**
 * Watches every queue. One with a dead-letter queue behind it has a reader, which must not fall behind; one without is
 * itself a last stop, where each message waits for a person.
 */
export function watchQueues(alarms: AlarmSet, scope: IConstruct): void {
  const ofDevices = new Set<Queue>(findAll(scope, IotDestination).map(({ errors }) => errors));
  for (const queue of findAll(scope, Queue)) {
    const subject = placeOf(queue);
    if (queue.deadLetterQueue !== undefined) {
      const metric = queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: minute });
      alarms.watch({ kind: 'dead-letters-waiting', subject, metric, threshold: toleratedAge.toSeconds(), periods: 5 });
      continue;
    }
    const metric = queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: minute });
    const kind = ofDevices.has(queue) ? 'device-messages-not-taken' : 'undelivered-messages';
    alarms.watch({ kind, subject, metric, threshold: 0 });
  }
}
