import type { Subject } from '../catalogue/events.generated.ts';
import { schemas } from '../catalogue/schemas.generated.ts';
import { cloudEventsVersion } from '../codec/cloud-event.ts';
import { toEnvelope } from '../codec/envelope.ts';
import type { Item } from '../consumers/batch/processor.ts';
import type { BusEvent } from './bus-event.ts';
import type { TopicName } from './event-types.ts';

/** Makes the event of a decoded record. */
export function busEventOf(item: Item<unknown>, subject: Subject): BusEvent {
  const { event, value: data, topic, partition, offset, key, timestampMs } = item;
  const dataVersion = `${schemas[subject].length}.0`;
  return {
    specversion: cloudEventsVersion,
    id: event.id,
    source: event.source,
    type: event.type,
    time: event.time,
    subject: event.subject,
    data,
    dataVersion,
    topic: topic as TopicName,
    partition,
    offset,
    key,
    timestampMs,
    traceparent: event.traceparent,
    tracestate: event.tracestate,
    toEnvelope: () => {
      const time = event.time ?? new Date(timestampMs).toISOString();
      const { eventId, eventType, timestamp, source, version } = toEnvelope({
        event: { ...event, time },
        version: dataVersion,
        data,
      });
      return { eventId, eventType, timestamp, source, version, data };
    },
  };
}
