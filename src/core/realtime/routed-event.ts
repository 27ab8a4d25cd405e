import type { OwnerRule, RealtimeEvent, RealtimeTopic, RoomTarget } from '../../catalogue/realtime.ts';
import type { Fields } from '../fields.ts';
import { roomName } from './room.ts';

/** A thing and whose it is. */
export interface Ownership {
  readonly kind: string;
  readonly id: string;
  readonly owner: string;
}

/** A thing whose owner an event does not name. */
export interface OwnerQuestion {
  readonly kind: string;
  readonly id: string;
}

/** What an event tells about owners. */
export function ownershipsIn(topic: RealtimeTopic, value: Fields): readonly Ownership[] {
  return topic.owners.flatMap(({ kind, id, owner }) => {
    const thing = textOf(value[id]);
    const whose = textOf(value[owner]);
    return thing === undefined || whose === undefined ? [] : [{ kind, id: thing, owner: whose }];
  });
}

/** The owner that an event names; otherwise the thing to ask for; undefined when it is about nobody's thing. */
export function ownerOf(topic: RealtimeTopic, value: Fields): string | OwnerQuestion | undefined {
  const rule = topic.owners.find(({ id }) => textOf(value[id]) !== undefined);
  if (rule === undefined) return undefined;
  return textOf(value[rule.owner]) ?? questionOf(rule, value);
}

function questionOf(rule: OwnerRule, value: Fields): OwnerQuestion {
  return { kind: rule.kind, id: textOf(value[rule.id]) ?? '' };
}

/** Names of the rooms that an event reaches, the most specific first. */
export function roomsOf(event: RealtimeEvent, value: Fields, owner: string | undefined): readonly string[] {
  return event.rooms.flatMap((target) => roomOf(target, value, owner) ?? []);
}

function roomOf({ kind, id, when }: RoomTarget, value: Fields, owner: string | undefined): string | undefined {
  if (when !== undefined && value[when.field] !== when.is) return undefined;
  if (id === undefined) return roomName(kind);
  const found = id === 'owner' ? owner : textOf(value[id.field]);
  return found === undefined ? undefined : roomName(kind, found);
}

/**
 * Name that clients listen to: the type with a colon behind its first part, `photo:processing.progress`; for alerts
 * what is wrong, `alert:low_battery_alert`.
 */
export function eventName({ namespace, nameField }: RealtimeTopic, type: string, value: Fields): string {
  const named = nameField === undefined ? undefined : textOf(value[nameField]);
  if (namespace !== undefined && named !== undefined) return `${namespace}:${named}`;
  return type.replace('.', ':');
}

/** What browsers get of a value: without hidden fields, and without fields that say nothing. */
export function payloadOf({ hidden }: RealtimeTopic, value: Fields): Fields {
  const payload: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const silent = field === null || (Array.isArray(field) && field.length === 0);
    if (!silent && !hidden.includes(name)) payload[name] = field;
  }
  return payload;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
