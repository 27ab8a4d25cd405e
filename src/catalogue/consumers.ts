import { commerceConsumers } from './consumers/commerce.ts';
import { lakeConsumers } from './consumers/lake.ts';
import { mobilityConsumers } from './consumers/mobility.ts';
import { photoConsumers } from './consumers/photo.ts';
import { telemetryConsumers } from './consumers/telemetry.ts';
import type { Consumer } from './model.ts';

/**
 * The functions that read topics. A Lambda mapping reads exactly one topic, so a consumer of several topics becomes
 * several mappings of one function.
 */
export const consumers = [
  ...telemetryConsumers,
  ...lakeConsumers,
  ...commerceConsumers,
  ...mobilityConsumers,
  ...photoConsumers,
] as const satisfies readonly Consumer[];
