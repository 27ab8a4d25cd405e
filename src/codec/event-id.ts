import { uuidsIn } from './name-based-uuid.ts';

const eventIds = uuidsIn('8f0e3a3c-5d0b-5c4e-9d55-2b7f5a1c6e90');

/**
 * Id of an event derived from another: a name-based UUID of the source event's id, the consumer that derives it and
 * its place (0, 1, …) among the events that this consumer derives from this source. A redelivery makes the same id,
 * so that sinks absorb the second copy.
 */
export function derivedId(sourceId: string, consumer: string, index: number): string {
  return eventIds(`${sourceId}\n${consumer}\n${index}`);
}
