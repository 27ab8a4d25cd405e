import type { Subject } from '../../catalogue/events.generated.ts';
import { lakeColumns } from '../../catalogue/lake-columns.ts';
import { topicNamed } from '../../catalogue/lookup.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';

/** Columns of a topic's bronze table, by the newest version of its subject; a topic outside the catalogue has no own. */
export function columnsOf(topic: string) {
  const subject = topicNamed(topic)?.subject;
  const known = subject !== undefined && Object.hasOwn(schemas, subject);
  return lakeColumns(known ? schemas[subject as Subject].at(-1) : undefined);
}
