import { commerceConsumers } from './consumers/commerce.ts';
import { fleetConsumers } from './consumers/fleet.ts';
import { lakeConsumers } from './consumers/lake.ts';
import { mobilityConsumers } from './consumers/mobility.ts';
import { photoConsumers } from './consumers/photo.ts';
import { realtimeConsumers } from './consumers/realtime.ts';
import { telemetryConsumers } from './consumers/telemetry.ts';
import { windConsumers } from './consumers/wind.ts';
import type { Consumer } from './model.ts';

/**
 * The functions that read topics. A Lambda mapping reads exactly one topic, so a consumer of several topics becomes
 * several mappings of one function.
 */
export const consumers = [
  ...telemetryConsumers,
  ...lakeConsumers,
  ...commerceConsumers,
  ...fleetConsumers,
  ...windConsumers,
  ...mobilityConsumers,
  ...photoConsumers,
  ...realtimeConsumers,
] as const satisfies readonly Consumer[];
