/** Names of record headers: CloudEvents 1.0 Kafka binding, and the bus's own. */
export const headers = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  time: 'ce_time',
  subject: 'ce_subject',
  contentType: 'content-type',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  /** Consumer that the record is addressed to: every other one skips it. Set on records that are sent again for one consumer. */
  addressedTo: 'eventbus_consumer',
  /** `<topic>/<partition>/<offset>` of the record that this one repeats. */
  origin: 'eventbus_origin',
  /** The redrive that sent the record again. */
  redrive: 'eventbus_redrive',
  /** How often the record has been redriven, this time included; decimal digits. */
  redrives: 'eventbus_redrives',
} as const;

/** Values of the `content-type` header. */
export const contentTypes = {
  /** Avro behind a Glue or Confluent frame. */
  avro: 'application/avro',
  json: 'application/json',
  /** CloudEvents structured mode: attributes and data in one JSON document. */
  cloudEventsJson: 'application/cloudevents+json',
} as const;
