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
  /** Name of a program that uses the SDK, as the cluster's logs and its consumer groups show it. */
  clientId: 'EVENT_BUS_CLIENT_ID',
  /** CloudEvents source of what such a program publishes. */
  source: 'EVENT_BUS_SOURCE',
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
  /** Where Lambda writes records of failed invocations, in the form of `objects`; absent: there. */
  failedInvocations: 'EVENT_BUS_FAILED_INVOCATIONS',
  /** Where notices go: `eventbridge://NAME-OF-THE-EVENT-BUS`, `file:///FOLDER`. */
  eventRouter: 'EVENT_BUS_EVENT_ROUTER',
  /**
   * Where messages to devices are published: `iot://REGION` (IoT Core's data plane), `http://HOST:PORT` (one that speaks
   * the same protocol), or `file:///FILE` with such an address in it.
   */
  deviceDownlink: 'EVENT_BUS_DEVICE_DOWNLINK',
  /** Where batches are loaded to: `redshift://WORKGROUP/DATABASE`. */
  warehouse: 'EVENT_BUS_WAREHOUSE',
  /** ARN of the role that the warehouse reads the lake with. */
  warehouseCopyRole: 'EVENT_BUS_WAREHOUSE_COPY_ROLE',
  /** ARN of the secret of the warehouse's administrator; only the function that grants access has it. */
  warehouseAdminSecret: 'EVENT_BUS_WAREHOUSE_ADMIN_SECRET',
  /** Name of the IAM role that the loader runs under, for the same function. */
  warehouseLoaderRole: 'EVENT_BUS_WAREHOUSE_LOADER_ROLE',
  /** Schema-version UUIDs resolved at deploy time: JSON `{ "<subject>/v<n>": "<uuid>" }`; absent: derived from the schemas. */
  schemaIds: 'EVENT_BUS_SCHEMA_IDS',
  /** Ids of the mappings that the breaker looks after: JSON `{ "<consumer>": { "<topic>": "<id>" } }`. */
  mappings: 'EVENT_BUS_MAPPINGS',
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
  /** ARN of IoT Core's destination in the network, which a deployment waits for. */
  iotDestination: 'EVENT_BUS_IOT_DESTINATION',
  /** Cache that the realtime gateways share, `host:port`; TLS and cluster mode. */
  cache: 'EVENT_BUS_CACHE',
  /** User that signs in to the cache with IAM. */
  cacheUser: 'EVENT_BUS_CACHE_USER',
  /** Name of that cache, which a sign-in with IAM is for. */
  cacheName: 'EVENT_BUS_CACHE_NAME',
  /** Redis or Valkey that realtime gateways share, `redis://HOST:PORT`; instead of a cache with IAM. */
  redisUrl: 'EVENT_BUS_REDIS_URL',
  /** Origins of pages that may connect to the realtime gateway, separated by commas; absent: none, only programs. */
  origins: 'EVENT_BUS_ORIGINS',
  /** Issuer of the tokens that people show. */
  tokenIssuer: 'EVENT_BUS_TOKEN_ISSUER',
  /** Audience that those tokens must name. */
  tokenAudience: 'EVENT_BUS_TOKEN_AUDIENCE',
  /** Key set of the issuer, an `https:` or `file:` URL, or the set itself as `data:application/json,…`; absent: the issuer's own at `/.well-known/jwks.json`. */
  tokenKeys: 'EVENT_BUS_TOKEN_KEYS',
} as const;
