import type { RealtimeFeed } from '../../catalogue/realtime.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import type { Room } from '../../core/realtime/room.ts';
import { feedsOf } from './resume-point.ts';

const known = new Map<string, ReadonlySet<string>>();

/** Fields that events of a room may have: those that filters and `fields` may name. */
export function fieldsOfRoom(room: Room, feeds: readonly RealtimeFeed[]): ReadonlySet<string> {
  const kind = room.kind.kind;
  const found = known.get(kind);
  if (found !== undefined) return found;
  const fields = new Set(
    feedsOf(room, feeds).flatMap(({ subject, hidden }) => {
      const newest = (schemas as Readonly<Record<string, readonly AvroRecord[]>>)[subject]?.at(-1);
      return (newest?.fields ?? []).map(({ name }) => name).filter((name) => !hidden.includes(name));
    }),
  );
  known.set(kind, fields);
  return fields;
}

interface AvroRecord {
  readonly fields: readonly { readonly name: string }[];
}
