/** Metric names and dimensions, shared by handlers, dashboards, alarms and the live status. */
export const metrics = {
  namespace: 'EventBus',
  recordsApplied: 'RecordsApplied',
  recordsSkipped: 'RecordsSkipped',
  recordsDeadLettered: 'RecordsDeadLettered',
  recordsFailed: 'RecordsFailed',
  eventsPublished: 'EventsPublished',
} as const;

export const dimensions = { consumer: 'Consumer', topic: 'Topic', reason: 'Reason' } as const;
