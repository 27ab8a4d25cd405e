import type { Events, Subject } from '../../catalogue/events.generated.ts';

/**
 * A letter as a migration function sees it. `S` is the subject of the topic that the letters are sent to.
 */
export interface LetterToMigrate<S extends Subject = Subject> {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka timestamp, ms since 1970-01-01 UTC. */
  readonly timestampMs: number;
  readonly key: string | null;
  /** CloudEvents id; the migrated record keeps it, so that sinks know the event again. */
  readonly eventId: string;
  readonly eventType: string;
  /** Why the record failed. */
  readonly code: string;
  readonly message: string;
  /** The version the value was written with, such as `VehicleState/v2`; null when it could not be told. */
  readonly schemaVersion: string | null;
  /** The value as the newest version of the subject; undefined when it cannot be decoded so. */
  readonly value: Events[S] | undefined;
  /** The document itself when the value is JSON, whether it fits the schema or not; undefined otherwise. */
  readonly json: unknown;
  /** The value's bytes as they were in the log. */
  readonly bytes: Uint8Array;
}

/**
 * What a file given with `--migrate` exports as `migrate`: the value to send instead, or null to leave the letter where
 * it is. It may be called several times for a letter (for the plan, the preview, the record that is sent) and must depend
 * on its argument alone. A throw refuses the letter.
 * @example
 * import type { Migrate } from '../src/core/redrive/migration.ts';
 *
 * export const migrate: Migrate<'VehicleTelemetry'> = ({ value }) =>
 *   value === undefined ? null : { ...value, time: Math.min(value.time, value.receivedAt) };
 */
export type Migrate<S extends Subject> = (letter: LetterToMigrate<S>) => Events[S] | null;
