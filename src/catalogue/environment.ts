/** Names of the environment variables that functions and services read; set by the stacks and by the embedded platform. */
export const environment = {
  /** Bootstrap servers of the cluster, `host:port,host:port`. */
  kafka: 'EVENT_BUS_KAFKA',
  /** `none` (plain, loopback), `iam` (MSK) or `scram`. */
  kafkaAuth: 'EVENT_BUS_KAFKA_AUTH',
  /** PostgreSQL connection URL. */
  databaseUrl: 'EVENT_BUS_DATABASE_URL',
  /** URL of the consumer's own dead-letter queue. */
  deadLetterQueueUrl: 'EVENT_BUS_DEAD_LETTER_QUEUE_URL',
  /** Schema-version UUIDs resolved at deploy time: JSON `{ "<subject>/v<n>": "<uuid>" }`; absent: derived from the schemas. */
  schemaIds: 'EVENT_BUS_SCHEMA_IDS',
  /** `debug`, `info`, `warn` or `error`. */
  logLevel: 'EVENT_BUS_LOG_LEVEL',
} as const;
