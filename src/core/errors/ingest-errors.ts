import type { ErrorEntry } from './entry.ts';

export const ingestErrors = {
  EVENTBUS_INGEST_TOPIC_DENIED: {
    summary: 'the device may not publish here',
    remedy: 'Publish below the device’s own topics; see the routes of the catalogue.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_INGEST_SUBSCRIPTION_DENIED: {
    summary: 'the device may not subscribe to this',
    remedy: 'Subscribe to the device’s own commands topic with QoS 0 or 1, without wildcards.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_INGEST_DEVICE_ID_INVALID: {
    summary: 'the device id is not usable',
    remedy: 'Use 1 to 128 letters, digits, colons, underscores or dashes, as AWS IoT thing names allow.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_INGEST_IDENTITY_MISMATCH: {
    summary: 'the device id differs from the client certificate',
    remedy: 'Use the certificate’s common name as client id and device id, or a certificate issued for that device.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_INGEST_IDENTITY_MISSING: {
    summary: 'the caller did not prove who it is',
    remedy:
      'Connect through the load balancer with a client certificate of a trusted authority; on an open port leave EVENT_BUS_CALLER_IDENTITY at connection.',
    failure: 'poison',
    status: 401,
  },
  EVENTBUS_INGEST_SETTINGS_INVALID: {
    summary: 'the gateway cannot start with these settings',
    remedy: 'Correct the environment variable that the message names.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_INGEST_TLS_FAILED: {
    summary: 'a TLS handshake failed',
    remedy: 'Connect with a certificate and key issued by the same authority, and trust that authority.',
    failure: 'poison',
    status: 401,
  },
  EVENTBUS_INGEST_PROTOCOL_ERROR: {
    summary: 'the client does not speak the protocol as specified',
    remedy: 'Connect with an MQTT 3.1 or 3.1.1 client and well-formed packets.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_INGEST_QOS_UNSUPPORTED: {
    summary: 'QoS 2 is not supported',
    remedy: 'Publish with QoS 0 or 1, as for AWS IoT Core.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_INGEST_RETAIN_UNSUPPORTED: {
    summary: 'retained messages are not supported',
    remedy: 'Publish without the retain flag; the log keeps every message.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_INGEST_PAYLOAD_TOO_LARGE: {
    summary: 'the message is too large',
    remedy: 'Send fewer readings in one message.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_INGEST_CONNECTION_LIMIT: {
    summary: 'too many connections are open',
    remedy: 'Close unused connections or raise the limit.',
    failure: 'transient',
    status: 503,
  },
  EVENTBUS_INGEST_REQUEST_INVALID: {
    summary: 'the request is not usable',
    remedy: 'Build the request as proto/ingest/v1/ingest.proto says.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_INGEST_READING_INVALID: {
    summary: 'the reading is not usable',
    remedy: 'Mend the field named here and send this reading again; the other readings of the request stand.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_INGEST_LOG_UNAVAILABLE: {
    summary: 'the log did not take the records',
    remedy: 'Send the same request again with the same message id; it cannot be counted twice.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_INGEST_OVERLOADED: {
    summary: 'too many requests wait for the log',
    remedy: 'Send again after a moment, with fewer requests at once.',
    failure: 'transient',
    status: 429,
  },
  EVENTBUS_INGEST_DEADLINE_PASSED: {
    summary: 'the deadline of the request has passed',
    remedy: 'Allow more time, or send fewer requests at once.',
    failure: 'transient',
    status: 504,
  },
  EVENTBUS_INGEST_CLOSING: {
    summary: 'the gateway is stopping',
    remedy: 'Connect again and send what has not been acknowledged.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_INGEST_CERTIFICATES_CORRUPT: {
    summary: 'the development certificates are damaged',
    remedy:
      'Delete the directory named here; the next start makes new ones, and devices then need certificates issued again.',
    failure: 'dependency',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_INGEST_${string}`, ErrorEntry>;
