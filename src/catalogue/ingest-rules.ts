import { contentTypes, headers } from './headers.ts';
import type { Route } from './model.ts';

/**
 * What one MQTT topic filter writes to the log, in the terms of AWS IoT Core's Kafka action: `key` and header values
 * are substitution templates. The stacks hand them to the topic rule as they are; the embedded gateway evaluates the
 * same strings, so both write the same record.
 */
export interface IngestRule {
  /** Name of the topic rule: letters, digits, underscores. */
  readonly name: string;
  /** MQTT filter with one `+`: the device id. */
  readonly filter: string;
  /** Topic of the log. */
  readonly topic: string;
  readonly key: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

/** Filter of the one topic a device may subscribe to; `+` is the device id. */
export const commandsFilter = 'fleet/+/commands';

/** Last topic level of a message that is framed Avro; a message without it is JSON. */
export const avroLevel = 'avro';

const receivedAt = `\${parse_time("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", timestamp(), "UTC")}`;

/** The two rules of an MQTT route: its filter for JSON, and the filter with `/avro` behind it for framed Avro. */
export function ingestRules(route: Route): readonly IngestRule[] {
  const name = route.name.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return [
    rule(route, { name, filter: route.filter, contentType: contentTypes.json }),
    rule(route, { name: `${name}_avro`, filter: `${route.filter}/${avroLevel}`, contentType: contentTypes.avro }),
  ];
}

interface Variant {
  readonly name: string;
  readonly filter: string;
  readonly contentType: string;
}

function rule(route: Route, variant: Variant): IngestRule {
  const deviceId = `\${topic(${route.filter.split('/').indexOf('+') + 1})}`;
  return {
    name: variant.name,
    filter: variant.filter,
    topic: route.topic,
    key: deviceId,
    headers: [
      { key: headers.specVersion, value: '1.0' },
      { key: headers.id, value: '${newuuid()}' },
      { key: headers.source, value: `//mqtt/${deviceId}` },
      { key: headers.type, value: route.eventType },
      { key: headers.time, value: receivedAt },
      { key: headers.subject, value: deviceId },
      { key: headers.contentType, value: variant.contentType },
    ],
  };
}
