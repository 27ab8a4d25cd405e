import type { topics } from './topics.ts';

/** How much of the bus's traffic a topic carries; what capacity is planned by. Assumptions, to be replaced by measurements. */
export interface TopicTraffic {
  /** Events on the topic for each event that reaches the bus from outside, over all systems together. */
  readonly share: number;
  /** Bytes of one event on the topic: value, key, and its part of the headers. */
  readonly bytes: number;
  /** Events that one record carries; @default 1 */
  readonly eventsPerRecord?: number;
}

/** What a topic counts as until it is listed below. */
export const unlistedTraffic: TopicTraffic = { share: 0.001, bytes: 1_024 };

/** Bytes of an event as it comes from outside, which the shares of the sources add up with to 1 KiB an event. */
const source = (share: number, eventsPerRecord = 1): TopicTraffic => ({ share, bytes: 1_024, eventsPerRecord });

/**
 * Sources first: their shares add up to 1. The others follow from them: cleaned telemetry is one record a reading and
 * a little smaller than what came in, a state one record a change, an alert one in a few thousand readings.
 */
export const traffic = {
  'telemetry.raw.v1': source(0.55, 10),
  'veh.events.raw': source(0.25),
  'wind.turbine.raw': source(0.1),
  'sensor.raw': source(0.04),
  'domain.events': source(0.02),
  'photo.events.v1': source(0.01),
  'order-events': source(0.006),
  'payment-events': source(0.006),
  'inventory-events': source(0.004),
  'vehicle.commands.v1': source(0.003),
  'fleet.trips.v1': source(0.003),
  'fleet.dispatch.v1': source(0.002),
  'safety.audit.v1': source(0.002),
  'customer-events': source(0.001),
  'fleet.operations.v1': source(0.001),
  'fleet.capacity.v1': source(0.001),
  'safety.emergency.v1': source(0.0003),
  'safety.fallback.v1': source(0.0003),
  'safety.compliance.v1': source(0.0003),
  'system.health.v1': source(0.0001),

  'vehicle.telemetry.v1': { share: 0.8, bytes: 900 },
  'vehicle.replies.v1': { share: 0.006, bytes: 400 },
  'vehicle.state.v1': { share: 0.8, bytes: 400 },
  'sensor.cleaned': { share: 0.14, bytes: 900 },
  'veh.inventory.updates': { share: 0.01, bytes: 400 },
  'vehicle.alerts.v1': { share: 0.0003, bytes: 700 },
  'analytics.alerts': { share: 0.0003, bytes: 700 },
  alerts: { share: 0.0003, bytes: 700 },
} as const satisfies Readonly<Record<(typeof topics)[number]['name'], TopicTraffic>>;
