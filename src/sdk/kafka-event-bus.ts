import { randomUUID } from 'node:crypto';
import type { StartingPosition } from '../catalogue/model.ts';
import { type Codec, makeCodec } from '../codec/codec.ts';
import { AppError } from '../core/errors/app-error.ts';
import { type EventPublisher, makePublisher } from '../kafka/publisher.ts';
import type { EventEnvelope } from './bus-event.ts';
import { openLetters } from './dead-letters.ts';
import type {
  EventBus,
  EventHandler,
  EventSubscription,
  Published,
  PublishOptions,
  SubscribeOptions,
} from './event-bus.ts';
import type { EventType, TopicName } from './event-types.ts';
import type { AnyHandler } from './handled-events.ts';
import { checkEvent, type EventRequest, requestOfEnvelope } from './outgoing-event.ts';
import type { BusSettings } from './settings.ts';
import { Subscription } from './subscription.ts';
import { type Selection, selectionOf } from './topic-choice.ts';
import { tracePublish } from './tracing.ts';

/** Calls that wait for room hold as much again as the buffer does. */
const defaultWaitingBytes = 32 * 1_048_576;

const subscribeDefaults = {
  concurrency: 8,
  maxAttempts: 5,
  backoff: { baseMs: 100, capMs: 5_000 },
  sessionTimeoutMs: 10_000,
  joinTimeoutMs: 30_000,
  closeTimeoutMs: 30_000,
  maxBufferedBytes: 32 * 1_048_576,
  damaged: 'hold',
} as const;

const atLeastOne = ['concurrency', 'maxAttempts', 'sessionTimeoutMs', 'joinTimeoutMs', 'maxBufferedBytes'] as const;

/** The bus behind both entries of the SDK; connects with the first call that needs it. */
export class KafkaEventBus implements EventBus {
  readonly #read: () => BusSettings;
  #known: { readonly settings: BusSettings; readonly codec: Codec } | undefined;
  readonly #subscriptions = new Map<Subscription, string>();
  #publisher: EventPublisher | undefined;
  #closing: Promise<void> | undefined;
  /** Set when the subscriptions have ended: until then their handlers may publish. */
  #ended = false;

  /** @param read called once, with the first call that needs it */
  constructor(read: () => BusSettings) {
    this.#read = read;
  }

  publish(type: string, data: unknown, options?: PublishOptions): Promise<Published> {
    return this.#publish(() => ({ type, data, options: optionsOf(options) }));
  }

  publishEnvelope(envelope: EventEnvelope, options?: PublishOptions): Promise<Published> {
    return this.#publish(() => requestOfEnvelope(envelope, optionsOf(options)));
  }

  async subscribe<K extends EventType | TopicName>(
    what: K | readonly K[],
    handler: EventHandler<K>,
    options: SubscribeOptions = {},
  ): Promise<EventSubscription> {
    if (this.#closing !== undefined) throw new AppError('EVENTBUS_SDK_CLOSED', 'close was called');
    const { settings } = this.#around();
    const names = typeof what === 'string' ? [what] : [...what];
    const selection = selectionOf(names);
    if (typeof handler !== 'function') {
      throw new AppError(
        'EVENTBUS_SDK_OPTION_INVALID',
        `the handler is of type ${typeof handler}, allowed is a function`,
      );
    }
    const target = [...new Set(names)].sort().join('+');
    const group = options.group ?? `${settings.clientId}.${target}`;
    this.#checkGroup(group, target);
    const subscription = this.#makeSubscription({ group, selection, handler: handler as AnyHandler, options });
    this.#subscriptions.set(subscription, target);
    await subscription.start();
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #publish(request: () => EventRequest): Promise<Published> {
    const { codec, settings } = this.#around();
    const { source } = settings;
    const asked = request();
    const event = checkEvent(asked, { codec, source, newId: randomUUID, now: Date.now });
    const { traceparent, tracestate } = asked.options;
    await tracePublish(event, { traceparent, tracestate }, (trace) => this.#open().send([event.recordWith(trace)]));
    const { id, topic, key } = event;
    return { id, topic: topic as TopicName, key };
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions.keys()].map((subscription) => subscription.close()));
    this.#ended = true;
    await this.#publisher?.close();
  }

  #open(): EventPublisher {
    const { settings, codec } = this.#around();
    const { connection, clientId, publish } = settings;
    const limits = { maxWaitingBytes: defaultWaitingBytes, ...publish };
    this.#publisher ??= makePublisher({ connection, clientId, codec, ...limits });
    return this.#publisher;
  }

  #around(): { readonly settings: BusSettings; readonly codec: Codec } {
    if (this.#ended) throw new AppError('EVENTBUS_SDK_CLOSED', 'close was called');
    if (this.#known === undefined) {
      const settings = this.#read();
      this.#known = { settings, codec: makeCodec(settings.schemaIds) };
    }
    return this.#known;
  }

  /** Members of one group that want different events would take them from each other. */
  #checkGroup(group: string, target: string): void {
    for (const [subscription, other] of this.#subscriptions) {
      if (subscription.group !== group || other === target) continue;
      throw new AppError('EVENTBUS_SDK_GROUP_TAKEN', `"${group}" is subscribed to ${other}, got ${target}`);
    }
  }

  #makeSubscription({ group, selection, handler, options }: SubscriptionRequest): Subscription {
    const { settings: bus, codec } = this.#around();
    const letters = options.deadLetters ?? bus.deadLetters;
    if (letters === undefined) throw new AppError('EVENTBUS_SDK_DEAD_LETTERS_MISSING', `subscription "${group}"`);
    const settings = { ...subscribeDefaults, ...withoutAbsent(options) };
    for (const name of atLeastOne) checkNumber(name, settings[name]);
    checkDamaged(settings.damaged);
    const subscription: Subscription = new Subscription({
      ...settings,
      connection: bus.connection,
      codec,
      group,
      selection,
      handler,
      from: startOf(options.from),
      letters: openLetters(letters, bus.objects),
      log: bus.log,
      onClosed: () => this.#subscriptions.delete(subscription),
    });
    return subscription;
  }
}

interface SubscriptionRequest {
  readonly group: string;
  readonly selection: Selection;
  readonly handler: AnyHandler;
  readonly options: SubscribeOptions;
}

function optionsOf(options: unknown): EventRequest['options'] {
  if (options === undefined) return {};
  if (typeof options === 'object' && options !== null) return options;
  throw new AppError('EVENTBUS_SDK_OPTION_INVALID', `the options are ${JSON.stringify(options)}, allowed is an object`);
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return;
  const what = `${name} is ${JSON.stringify(value)}, allowed is a whole number from 1 on`;
  throw new AppError('EVENTBUS_SDK_OPTION_INVALID', what);
}

function checkDamaged(damaged: unknown): void {
  if (damaged === 'hold' || typeof damaged === 'function') return;
  const what = `damaged is ${JSON.stringify(damaged)}, allowed is hold or a function`;
  throw new AppError('EVENTBUS_SDK_OPTION_INVALID', what);
}

function startOf(from: SubscribeOptions['from']): StartingPosition {
  if (from === undefined || from === 'earliest' || from === 'latest') return from ?? 'earliest';
  if (from instanceof Date && !Number.isNaN(from.getTime())) return { timestamp: from.toISOString() };
  const what = `from is ${JSON.stringify(from)}, allowed is earliest, latest or a Date`;
  throw new AppError('EVENTBUS_SDK_OPTION_INVALID', what);
}

/** Drops options that are present but undefined, so that they do not hide the defaults. */
function withoutAbsent<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
