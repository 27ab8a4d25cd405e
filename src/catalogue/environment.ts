/** Names of the environment variables that functions and services read; set by the stacks and by the embedded platform. */
export const environment = {
  /** Bootstrap servers of the cluster, `host:port,host:port`. */
  kafka: 'EVENT_BUS_KAFKA',
  /** `none` (plain, loopback), `tls`, `scram` (SCRAM-SHA-512 over TLS) or `iam` (MSK). */
  kafkaAuth: 'EVENT_BUS_KAFKA_AUTH',
  /** User of `scram`. */
  kafkaUsername: 'EVENT_BUS_KAFKA_USERNAME',
  kafkaPassword: 'EVENT_BUS_KAFKA_PASSWORD',
  /** PEM text of the certificate authority that signed the brokers' certificates; absent: the system's. */
  kafkaCa: 'EVENT_BUS_KAFKA_CA',
  /** PEM texts of the client's certificate and key, for mutual TLS. */
  kafkaCertificate: 'EVENT_BUS_KAFKA_CERTIFICATE',
  kafkaKey: 'EVENT_BUS_KAFKA_KEY',
  /** PostgreSQL connection URL. */
  databaseUrl: 'EVENT_BUS_DATABASE_URL',
  /** `password` (the URL's; the default) or `iam` (Aurora and its proxy: a token for every connection, TLS always). */
  databaseAuth: 'EVENT_BUS_DATABASE_AUTH',
  /** PEM text of the certificate authority that signed the database's certificate, for `iam`; absent: the system's. */
  databaseCa: 'EVENT_BUS_DATABASE_CA',
  /** URL of the consumer's own dead-letter queue. */
  deadLetterQueueUrl: 'EVENT_BUS_DEAD_LETTER_QUEUE_URL',
  /** Where objects are kept, such as dead letters: `s3://BUCKET` or `s3://BUCKET/PREFIX`, `file:///FOLDER`. */
  objects: 'EVENT_BUS_OBJECTS',
  /** Schema-version UUIDs resolved at deploy time: JSON `{ "<subject>/v<n>": "<uuid>" }`; absent: derived from the schemas. */
  schemaIds: 'EVENT_BUS_SCHEMA_IDS',
  /** `debug`, `info`, `warn` or `error`. */
  logLevel: 'EVENT_BUS_LOG_LEVEL',
  /** Address that a service listens on. */
  listenHost: 'EVENT_BUS_LISTEN_HOST',
  /** Port that a service listens on; 0 takes a free one. */
  listenPort: 'EVENT_BUS_LISTEN_PORT',
  /**
   * Where the ingest gateway learns who calls: `connection` (the client certificate of the connection, if any) or
   * `load-balancer` (the headers of an Application Load Balancer that verified the certificate).
   */
  callerIdentity: 'EVENT_BUS_CALLER_IDENTITY',
} as const;
