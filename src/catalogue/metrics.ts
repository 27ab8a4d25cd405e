/** Metric names and dimensions, shared by handlers, dashboards, alarms and the live status. */
export const metrics = {
  namespace: 'EventBus',
  recordsApplied: 'RecordsApplied',
  recordsSkipped: 'RecordsSkipped',
  recordsDeadLettered: 'RecordsDeadLettered',
  recordsFailed: 'RecordsFailed',
  eventsPublished: 'EventsPublished',
  /** Readings a second that one gateway stored: what its service is scaled by. */
  readingsPerSecond: 'ReadingsPerSecond',
  readingsAccepted: 'ReadingsAccepted',
  /** Readings and calls that were refused. */
  readingsRefused: 'ReadingsRefused',
  openStreams: 'OpenStreams',
  /** Browsers connected to one realtime gateway: what its service is scaled by. */
  openConnections: 'OpenConnections',
  /** Bytes of requests that wait for the log. */
  pendingBytes: 'PendingBytes',
} as const;

export const dimensions = { consumer: 'Consumer', topic: 'Topic', reason: 'Reason', service: 'Service' } as const;
