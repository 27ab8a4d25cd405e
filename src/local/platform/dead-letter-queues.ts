/** Name of a consumer's own dead-letter queue. */
export function deadLetterQueueName(consumer: string): string {
  return `${consumer}-dead-letters`;
}
