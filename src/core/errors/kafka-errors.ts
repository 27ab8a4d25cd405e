import type { ErrorEntry } from './entry.ts';

export const kafkaErrors = {
  EVENTBUS_KAFKA_UNAVAILABLE: {
    summary: 'the Kafka cluster cannot be reached',
    remedy: 'Check the bootstrap servers and that the cluster is running.',
    failure: 'dependency',
    status: 503,
  },
} as const satisfies Record<`EVENTBUS_KAFKA_${string}`, ErrorEntry>;
