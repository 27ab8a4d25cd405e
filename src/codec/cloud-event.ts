/** CloudEvents 1.0 context attributes as the bus uses them; all strings, as on the wire. */
export interface CloudEventAttributes {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339 time of the occurrence. */
  readonly time?: string | undefined;
  /** Entity the event is about; the record key as a rule. */
  readonly subject?: string | undefined;
  /** Content type of the value. */
  readonly contentType?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
}
