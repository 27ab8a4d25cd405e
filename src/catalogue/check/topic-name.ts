/** Names given by the systems that the bus replaces; every other name follows the convention. */
const historicNames: ReadonlySet<string> = new Set([
  'wind.turbine.raw',
  'sensor.raw',
  'sensor.cleaned',
  'analytics.alerts',
  'order-events',
  'inventory-events',
  'payment-events',
  'customer-events',
  'veh.events.raw',
  'domain.events',
  'veh.inventory.updates',
  'alerts',
]);

const convention = /^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*\.v[1-9]\d*$/;
/** Kafka's own limit. */
const longestName = 249;

/** Whether a topic may have the name: `domain.entity.vN` in lower case, or a name given historically. */
export function isTopicName(name: string): boolean {
  return historicNames.has(name) || (name.length <= longestName && convention.test(name));
}
