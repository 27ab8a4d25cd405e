import type { Finding, Rule } from '../rule.ts';
import { at, list, rendered, resourcesOf, type TemplateResource } from '../template.ts';

/**
 * A Kafka event source mapping retries without end by default, so one record that cannot be processed stops its
 * partition for ever; and what it gives up on is lost unless it is told where to leave it.
 */
export const eventSourceFailure: Rule = {
  name: 'event-source-failure',
  fix: 'Declare retryAttempts and, where needed, onFailure for the consumer in src/catalogue/consumers.ts.',
  check: ({ template }) => kafkaMappings(template.resources).flatMap(problemsOf),
};

/** Event source mappings that read a Kafka topic. */
export function kafkaMappings(resources: readonly TemplateResource[]): readonly TemplateResource[] {
  return resourcesOf({ resources, outputs: {}, bytes: 0 }, 'AWS::Lambda::EventSourceMapping').filter(
    ({ properties }) => properties['Topics'] !== undefined,
  );
}

function problemsOf({ id, properties }: TemplateResource): readonly Finding[] {
  const findings: Finding[] = [];
  if (at(properties, 'DestinationConfig', 'OnFailure', 'Destination') === undefined) {
    const property = 'Properties.DestinationConfig.OnFailure';
    findings.push({ resource: id, property, message: 'records that the mapping gives up on would be lost' });
  }
  const attempts = properties['MaximumRetryAttempts'];
  if (typeof attempts !== 'number' || attempts < 0) {
    const got = attempts === undefined ? 'not set' : rendered(attempts);
    const message = `retries are ${got}, which means without end: one bad record would stop its partition`;
    findings.push({ resource: id, property: 'Properties.MaximumRetryAttempts', message });
  }
  if (!list(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures')) {
    const message = 'without ReportBatchItemFailures one failed record makes Lambda deliver the whole batch again';
    findings.push({ resource: id, property: 'Properties.FunctionResponseTypes', message });
  }
  return findings;
}
