/** Headers by name; as a list where names repeat, values are bytes, or their order matters. */
export type RecordHeaders = Readonly<Record<string, string>> | readonly (readonly [name: string, value: Buffer])[];

/** A record whose bytes are final. */
export interface OutgoingRecord<Headers extends RecordHeaders = Readonly<Record<string, string>>> {
  readonly topic: string;
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
}

/** A record with headers of either form. */
export type AnyOutgoingRecord = OutgoingRecord<RecordHeaders>;
