/**
 * Every kind of alarm, with what it means in one sentence. The key is the anchor of its section in `docs/runbook.md`:
 * a test holds both lists together.
 */
export const alarmKinds = {
  'consumer-behind-in-time': 'A consumer works on records that are older than it may be behind.',
  'consumer-behind-in-records': 'A consumer has more records before it than it can work off in ten minutes.',
  'poller-errors': 'A mapping cannot read its topic, call its function, keep its place or leave what failed.',
  'records-given-up': 'Records were given up: retried to the end, or too old, and left nowhere.',
  'outage-lasts':
    'A dependency has been away from a consumer for half an hour, or the breaker of mappings does not run.',
  'sagas-stuck': 'Orders can neither be completed nor undone, although it was tried again and again.',
  'events-unpublished':
    'Events wait in an outbox for minutes, or the function that the clock calls for orders or the fleet does not run.',
  'function-throttled': 'A function is called more often than it may run side by side.',
  'function-errors': 'Invocations of a function end in an error, again and again.',
  'dead-letters-waiting': 'Messages wait in a queue whose reader should have taken them long ago.',
  'undelivered-messages': 'Messages lie in a last queue, where only a person takes them out.',
  'dead-letter-flood':
    'One consumer sends so many records to its dead-letter queue that it is no matter of single records.',
  'delivery-behind': 'What a topic received has not reached the lake for too long.',
  'delivery-failing': 'Rows of a topic do not fit the columns of their table, and lie in the error folder of the lake.',
  'device-messages-not-taken': 'Messages of devices could not be written to the brokers.',
  'device-messages-throttled': 'IoT Core holds messages back, because more arrive than the account may take.',
  'gateway-errors': 'A gateway answers requests with an error of its own.',
  'gateway-unwell': 'The load balancer finds tasks of a gateway unwell, or none that is well.',
  'api-errors': 'The HTTP API answers requests with an error of its own.',
  'brokers-throttle': 'Brokers slow clients down, because they write or read more than the brokers sustain.',
  'brokers-near-their-rate': 'Brokers carry four fifths of what they sustain.',
  'brokers-fill-up': 'The volumes of Standard brokers are nearly full.',
  'too-many-connections': 'Clients open connections with IAM faster than a broker accepts them.',
  'database-at-its-limit':
    'Aurora uses nearly all the capacity that it may grow to, or nearly all its transaction ids.',
  'database-copy-behind': 'The copy of the database in the second region is behind.',
  'warehouse-at-its-limit': 'Redshift has worked at its largest capacity for half an hour.',
  'cache-at-its-limit': 'The cache of the realtime gateways refuses or delays commands.',
  'certificate-expires': 'The certificate of the load balancers ends within 30 days, and was not renewed by itself.',
  'region-link-behind': 'Records reach the second region too late, or not at all.',
} as const;

export type AlarmKind = keyof typeof alarmKinds;

/** Where the runbook says what to do. */
export function runbookSection(kind: AlarmKind): string {
  return `docs/runbook.md#${kind}`;
}
