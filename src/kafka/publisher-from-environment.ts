import type { Codec } from '../codec/codec.ts';
import { connectionFromEnvironment } from './connection.ts';
import { type EventPublisher, makePublisher } from './publisher.ts';

/** A publisher with the connection that the environment describes; see `catalogue/environment.ts`. */
export function publisherFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  codec: Codec,
  clientId: string,
): EventPublisher {
  return makePublisher({ connection: connectionFromEnvironment(env), codec, clientId });
}
