import { makeFleetClock } from '../src/consumers/fleet-clock/handler.ts';
import { runtimeFromEnvironment } from '../src/consumers/runtime.ts';
import { publisherFromEnvironment } from '../src/kafka/publisher-from-environment.ts';
import { deviceDownlinkFromEnvironment } from '../src/ports/device-downlink/device-downlink.from-url.ts';

export const handler = makeFleetClock(
  runtimeFromEnvironment(process.env, publisherFromEnvironment),
  deviceDownlinkFromEnvironment(process.env),
);
