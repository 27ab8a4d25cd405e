import { derivedId } from '../codec/event-id.ts';

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * The UUID under which tables know an event: its own id in lower case when that is a UUID, as every id the bus derives
 * is; a name-based UUID of any other id. Compare through this function.
 */
export function storedEventId(id: string): string {
  return uuid.test(id) ? id.toLowerCase() : derivedId(id, 'stored-event-id', 0);
}
