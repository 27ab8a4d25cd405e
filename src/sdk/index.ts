import type { EventBus } from './event-bus.ts';
import { KafkaEventBus } from './kafka-event-bus.ts';
import type { EventBusOptions } from './options.ts';
import { busSettings } from './settings.ts';

export type { DeadLetter } from '../core/dead-letters/dead-letter.ts';
export { AppError as EventBusError } from '../core/errors/app-error.ts';
export type { FailureKind } from '../core/errors/entry.ts';
export type { ErrorCode } from '../core/errors/registry.ts';
export type { Backoff } from '../core/retry-delay.ts';
export type { AwsCredentials } from '../kafka/aws-credentials.ts';
export type { BusEvent, EnvelopeInput, EventEnvelope, EventOf } from './bus-event.ts';
export type {
  EventBus,
  EventHandler,
  EventSubscription,
  HandlerContext,
  PartitionStatus,
  Published,
  PublishOptions,
  SubscribeOptions,
  SubscriptionStatus,
} from './event-bus.ts';
export type {
  EventData,
  EventInput,
  EventType,
  OwnEventType,
  SharedEventType,
  TopicData,
  TopicInput,
  TopicName,
  TopicOf,
  TypeIn,
} from './event-types.ts';
export { dependencyUnavailable, eventRejected, type FailureOptions } from './failures.ts';
export type {
  DamagedEvents,
  DeadLetters,
  EventBusAuth,
  EventBusLog,
  EventBusOptions,
  OnDamaged,
  PublishSettings,
  QueueOfLetters,
  TakeLetters,
  TlsSettings,
} from './options.ts';

/**
 * Makes a bus. What the options leave open comes from the environment, and then from defaults that fit a bus on this
 * machine. Nothing is connected before the first call; end it with `close()`.
 * @throws EventBusError EVENTBUS_KAFKA_SETTINGS_INVALID naming the setting at fault
 * @example const bus = createEventBus({ bootstrapServers, auth: { kind: 'iam', region: 'eu-west-1' } });
 */
export function createEventBus(options: EventBusOptions = {}): EventBus {
  const settings = busSettings(options, process.env, process.argv[1]);
  return new KafkaEventBus(() => settings);
}

/** The bus that the environment describes; without any setting the one of `npm start` at 127.0.0.1:9092. */
export const eventBus: EventBus = new KafkaEventBus(() => busSettings({}, process.env, process.argv[1]));
