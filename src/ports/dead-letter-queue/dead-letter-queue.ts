/** A dead letter: the whole record with the reason it failed. Bytes are base64. */
export interface DeadLetter {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka timestamp, ms since 1970-01-01 UTC. */
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** CloudEvents id when it could be read. */
  readonly eventId: string | null;
  readonly code: string;
  readonly message: string;
  readonly stack: string | null;
  readonly attempts: number;
  /** RFC 3339 times of the first and the last failure. */
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  readonly handlerVersion: string;
  /** Set when the letter was too large for the queue: bytes of the value, which is left out and still in the topic. */
  readonly omittedValueBytes?: number;
}

/** Takes dead letters durably: when `send` resolves, every letter will be delivered at least once. */
export interface DeadLetterQueue {
  send(letters: readonly DeadLetter[]): Promise<void>;
}
