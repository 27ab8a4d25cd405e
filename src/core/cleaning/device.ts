/** What the device table says about a device; a field is null when nobody has filled it in. */
export interface DeviceFacts {
  readonly type: string | null;
  /** `fleet` for own vehicles, `mobility` for shared ones. */
  readonly fleet: string | null;
  readonly city: string | null;
  readonly siteId: string | null;
  /** IANA name, for clocks that tell local time without an offset. */
  readonly timeZone: string | null;
}

/** Facts of a device that the table does not know. */
export const unknownDevice: DeviceFacts = { type: null, fleet: null, city: null, siteId: null, timeZone: null };

/** What a reading is judged with besides the memory: nothing here depends on the moment of processing. */
export interface CleaningContext {
  readonly device: DeviceFacts;
  /** When the log took the record, ms since 1970-01-01 UTC; stands for "now". */
  readonly receivedAt: number;
}
