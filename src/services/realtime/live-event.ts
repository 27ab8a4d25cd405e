import type { Fields } from '../../core/fields.ts';

/** One record of a feeding topic, as far as it concerns browsers. */
export interface LiveEvent {
  /** Code of the topic in positions. */
  readonly code: number;
  readonly partition: number;
  readonly offset: number;
  readonly id: string;
  readonly type: string;
  /** Name that clients listen to. */
  readonly name: string;
  /** RFC 3339 */
  readonly time: string;
  /** Most specific first; never empty. */
  readonly rooms: readonly string[];
  readonly data: Fields;
  /** User who is to acknowledge it. */
  readonly keptFor?: string;
  /** Size of the record's value. */
  readonly bytes: number;
}

/** What comes with an event's data. */
export interface EventMeta {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly room: string;
  readonly position: string;
}
