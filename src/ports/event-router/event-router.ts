/** An event for rules to match; EventBridge's `PutEvents` entry. */
export interface RoutedEvent {
  /** Who tells, such as `event-bus.dead-letters`; names beginning with `aws.` are AWS's own. */
  readonly source: string;
  /** What happened, for rules and people: `Dead letters received`. */
  readonly detailType: string;
  /** Any JSON object, less than 256 KB with the rest. */
  readonly detail: object;
  /** When it happened, ms since 1970-01-01 UTC. */
  readonly timeMs: number;
  /**
   * What it is about.
   * @default []
   */
  readonly resources?: readonly string[];
}

/**
 * Hands events to whoever has a rule for them: EventBridge on AWS, a durable list on one machine. When `publish`
 * resolves, every event is kept and will be routed at least once; when it rejects, some may have been. Failures are
 * `EVENTBUS_ROUTER_UNAVAILABLE` (dependency) and `EVENTBUS_ROUTER_EVENT_INVALID` (poison). Rules and targets, and
 * finding out that nobody listens, are not its job.
 */
export interface EventRouter {
  publish(events: readonly RoutedEvent[], options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}
