import type { EventInputs } from '../catalogue/event-inputs.generated.ts';
import type { Events, Subject } from '../catalogue/events.generated.ts';
import type { topics } from '../catalogue/topics.ts';

type CatalogueTopic = (typeof topics)[number];

/** Name of a topic of the catalogue, such as `photo.events.v1`. */
export type TopicName = CatalogueTopic['name'];

/** Type of an event that the catalogue knows, such as `photo.uploaded`. */
export type EventType = CatalogueTopic['eventTypes'][number];

type Named<N extends TopicName> = Extract<CatalogueTopic, { readonly name: N }>;

type SubjectOf<T extends CatalogueTopic> = Extract<T['subject'], Subject>;

type Carrying<T extends EventType, Each = CatalogueTopic> = Each extends CatalogueTopic
  ? T extends Each['eventTypes'][number]
    ? Each
    : never
  : never;

/** Topics that carry events of a type; most types have one. */
export type TopicOf<T extends EventType> = Carrying<T>['name'];

/** Types of the events that a topic carries. */
export type TypeIn<N extends TopicName> = Named<N>['eventTypes'][number];

/** Data of a topic's events, as a subscriber gets them. */
export type TopicData<N extends TopicName> = Events[SubjectOf<Named<N>>];

/** Data of events of a type, as a subscriber gets them. */
export type EventData<T extends EventType> = Events[SubjectOf<Carrying<T>>];

/** Data of events to publish to a topic; fields with a default may be left out. */
export type TopicInput<N extends TopicName> = EventInputs[SubjectOf<Named<N>>];

/** Data of events of a type to publish; fields with a default may be left out. */
export type EventInput<T extends EventType> = EventInputs[SubjectOf<Carrying<T>>];

type IsUnion<T, Each = T> = Each extends T ? ([T] extends [Each] ? false : true) : never;

/** Types that several topics carry, so that publishing has to name the topic: `alert.raised`. */
export type SharedEventType = { [T in EventType]: IsUnion<TopicOf<T>> extends false ? never : T }[EventType];

/** Types that one topic carries. */
export type OwnEventType = Exclude<EventType, SharedEventType>;
