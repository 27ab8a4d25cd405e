import type { Topic } from './model.ts';
import type { topics } from './topics.ts';

/** Which events reach browsers, and through which rooms: pure data, read by the realtime gateway and its inbox. */

/** Who may join a room: the user it is named after, owner and watchers of the thing, holders of a role, or anyone. */
export type RoomAccess = 'self' | 'owner-or-shared' | 'anyone' | { readonly roles: readonly string[] };

export interface RoomKind {
  /** First part of the room's name; the whole name where the kind has no id. */
  readonly kind: string;
  /** Whether names go on with a colon and an id. */
  readonly named: boolean;
  readonly access: RoomAccess;
  /** Topics whose events reach the room. */
  readonly topics: readonly RealtimeTopicName[];
  readonly description: string;
}

/** Finds the id of a named room in an event: a field, or the owner of the thing that the event is about. */
export type RoomId = { readonly field: string } | 'owner';

export interface RoomTarget {
  readonly kind: string;
  /** Absent for kinds without id. */
  readonly id?: RoomId;
  /** Reached only when this field has this value. */
  readonly when?: { readonly field: string; readonly is: string };
}

export interface RealtimeEvent {
  /** CloudEvents type. */
  readonly type: string;
  /** Rooms, the most specific first. */
  readonly rooms: readonly RoomTarget[];
  /** Kept for the owner until acknowledged. @default false */
  readonly important?: boolean;
}

/** What an event tells about whom a thing belongs to. */
export interface OwnerRule {
  /** Kind of the thing, a room kind with the access `owner-or-shared`. */
  readonly kind: string;
  /** Field with the thing's id, and the one with its owner. */
  readonly id: string;
  readonly owner: string;
}

export interface RealtimeTopic {
  readonly topic: RealtimeTopicName;
  /** Number of the topic in positions that clients keep; never given to another topic. */
  readonly code: number;
  /** What its events tell about owners; the first rule whose id field is set names the thing that an event is about. */
  readonly owners: readonly OwnerRule[];
  /** Fields that no browser gets. */
  readonly hidden: readonly string[];
  /** First part of event names, where it is not that of the type; the rest is then the value of `nameField`. */
  readonly namespace?: string;
  readonly nameField?: string;
  readonly events: readonly RealtimeEvent[];
}

type RealtimeTopicName = (typeof topics)[number]['name'];

const owner = { kind: 'user', id: 'owner' } as const;
const photo = { kind: 'photo', id: { field: 'photoId' } } as const;
const batch = { kind: 'batch', id: { field: 'batchId' } } as const;
const alertRooms = [{ kind: 'alerts' }, { kind: 'system' }] as const;
const alertEvents = [
  { type: 'alert.raised', rooms: alertRooms },
  { type: 'alert.cleared', rooms: alertRooms },
] as const;

export const roomKinds = [
  {
    kind: 'user',
    named: true,
    access: 'self',
    topics: ['photo.events.v1'],
    description: 'Everything that concerns one user; each connection is in its own from the start.',
  },
  {
    kind: 'photo',
    named: true,
    access: 'owner-or-shared',
    topics: ['photo.events.v1'],
    description: 'Processing of one photo.',
  },
  {
    kind: 'batch',
    named: true,
    access: 'owner-or-shared',
    topics: ['photo.events.v1'],
    description: 'Processing of the photos of one batch, and its end.',
  },
  {
    kind: 'alerts',
    named: false,
    access: { roles: ['operator', 'admin'] },
    topics: ['alerts', 'vehicle.alerts.v1', 'analytics.alerts'],
    description: 'Alerts on vehicles, shared vehicles and turbines.',
  },
  {
    kind: 'system',
    named: false,
    access: { roles: ['admin'] },
    topics: ['system.health.v1', 'alerts', 'vehicle.alerts.v1', 'analytics.alerts'],
    description: 'Health of every part of the system, and all alerts.',
  },
  {
    kind: 'everyone',
    named: false,
    access: 'anyone',
    topics: ['system.health.v1'],
    description: 'Health updates that say of themselves that everyone may see them; joined from the start.',
  },
] as const satisfies readonly RoomKind[];

export const realtimeTopics = [
  {
    topic: 'photo.events.v1',
    code: 1,
    owners: [
      { kind: 'photo', id: 'photoId', owner: 'userId' },
      { kind: 'batch', id: 'batchId', owner: 'userId' },
    ],
    hidden: ['storageUri'],
    events: [
      { type: 'photo.uploaded', rooms: [owner] },
      { type: 'photo.processing.started', rooms: [photo, batch, owner] },
      { type: 'photo.processing.progress', rooms: [photo, batch, owner] },
      { type: 'photo.processing.completed', rooms: [photo, batch, owner], important: true },
      { type: 'photo.processing.failed', rooms: [photo, batch, owner], important: true },
      { type: 'batch.processing.completed', rooms: [batch, owner], important: true },
    ],
  },
  {
    topic: 'system.health.v1',
    code: 2,
    owners: [],
    hidden: [],
    events: [
      {
        type: 'system.health.update',
        rooms: [{ kind: 'system' }, { kind: 'everyone', when: { field: 'audience', is: 'EVERYONE' } }],
      },
    ],
  },
  { topic: 'alerts', code: 3, owners: [], hidden: [], namespace: 'alert', nameField: 'kind', events: alertEvents },
  {
    topic: 'vehicle.alerts.v1',
    code: 4,
    owners: [],
    hidden: [],
    namespace: 'alert',
    nameField: 'kind',
    events: alertEvents,
  },
  {
    topic: 'analytics.alerts',
    code: 5,
    owners: [],
    hidden: [],
    namespace: 'alert',
    nameField: 'kind',
    events: alertEvents,
  },
] as const satisfies readonly RealtimeTopic[];

/** Where a topic's events go, beside what the catalogue says of the topic itself. */
export type RealtimeFeed = RealtimeTopic & Pick<Topic, 'subject' | 'key'>;
