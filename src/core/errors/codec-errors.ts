import type { ErrorEntry } from './entry.ts';

export const codecErrors = {
  EVENTBUS_CODEC_TRUNCATED: {
    summary: 'the value ends too early',
    remedy: 'Check the producer; the bytes were cut.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_TRAILING_BYTES: {
    summary: 'the value has bytes left over after its last field',
    remedy: 'Check that the producer wrote with the schema version that the frame names.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_MALFORMED: {
    summary: 'the value does not follow its schema',
    remedy: 'Check that the producer wrote with the schema version that the frame names.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_NUMBER_RANGE: {
    summary: 'a whole number is too large to be represented exactly',
    remedy: 'Send whole numbers between -4503599627370495 and 4503599627370495.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_TOO_LARGE: {
    summary: 'the value is too large',
    remedy: 'Split the value into smaller records.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_CODEC_FRAME_UNKNOWN: {
    summary: 'the value has no known frame',
    remedy:
      'Put the Glue frame (first byte 3) or the Confluent frame (first byte 0) before Avro, or say application/json in the content-type header.',
    failure: 'poison',
    status: 415,
  },
  EVENTBUS_CODEC_COMPRESSION_UNKNOWN: {
    summary: 'the value is compressed in an unknown way',
    remedy: 'Write the compression byte 0 (none) or 5 (zlib).',
    failure: 'poison',
    status: 415,
  },
  EVENTBUS_CODEC_COMPRESSION_CORRUPT: {
    summary: 'the compressed value cannot be unpacked',
    remedy: 'Check the producer; the compressed bytes are damaged.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_SCHEMA_UNKNOWN: {
    summary: 'the value was written with an unknown schema version',
    remedy: 'Deploy a version of the bus whose schemas folder has it, then redrive the record.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_SUBJECT_UNKNOWN: {
    summary: 'the subject has no schema',
    remedy: 'Name a folder below schemas, or add the schema and run "npm run generate".',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_CODEC_SUBJECT_MISMATCH: {
    summary: 'the value is of another subject than the topic carries',
    remedy: 'Publish the event to the topic that the catalogue names for its subject.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_VALUE_INVALID: {
    summary: 'the value does not fit its schema',
    remedy: 'Send the fields as the schema describes them; see the schemas folder.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CODEC_JSON_INVALID: {
    summary: 'the value is not JSON',
    remedy: 'Send one JSON object in UTF-8.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_CODEC_CONTENT_TYPE_UNKNOWN: {
    summary: 'the content type is not known',
    remedy: 'Use application/avro, application/json or application/cloudevents+json.',
    failure: 'poison',
    status: 415,
  },
  EVENTBUS_CODEC_CLOUD_EVENT_INVALID: {
    summary: 'the record is no CloudEvent',
    remedy: 'Send the attributes that CloudEvents 1.0 requires: specversion 1.0, id, source and type.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_CODEC_ENVELOPE_INVALID: {
    summary: 'the event envelope is not valid',
    remedy: 'Send eventId, eventType, timestamp, source, version and data.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_CODEC_SCHEMA_IDS_INVALID: {
    summary: 'the schema ids of the environment are not valid',
    remedy: 'Set EVENT_BUS_SCHEMA_IDS to JSON such as {"Alert/v1": "<schema-version UUID>"}, or unset it.',
    failure: 'dependency',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_CODEC_${string}`, ErrorEntry>;
