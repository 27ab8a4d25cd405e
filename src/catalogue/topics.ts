import { commerceTopics } from './topics/commerce.ts';
import { fleetTopics } from './topics/fleet.ts';
import { mobilityTopics } from './topics/mobility.ts';
import { photoTopics } from './topics/photo.ts';
import { safetyTopics } from './topics/safety.ts';
import { windTopics } from './topics/wind.ts';

/** Every topic of the bus. */
export const topics = [
  ...fleetTopics,
  ...safetyTopics,
  ...windTopics,
  ...commerceTopics,
  ...photoTopics,
  ...mobilityTopics,
] as const;
