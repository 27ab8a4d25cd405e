/** Headers by name; as a list where names repeat, values are bytes, or their order matters. */
export type RecordHeaders = Readonly<Record<string, string>> | readonly (readonly [name: string, value: Buffer])[];

/** A record whose bytes are final. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}
