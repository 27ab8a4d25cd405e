import type { Subject } from '../../catalogue/events.generated.ts';
import { headers } from '../../catalogue/headers.ts';
import type { RealtimeEvent, RealtimeTopic } from '../../catalogue/realtime.ts';
import { type CloudEventAttributes, fromHeaders } from '../../codec/cloud-event.ts';
import type { Codec } from '../../codec/codec.ts';
import type { Fields } from '../../core/fields.ts';
import { eventName, ownerOf, ownershipsIn, payloadOf, roomsOf } from '../../core/realtime/routed-event.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';
import type { LiveEvent } from './live-event.ts';
import type { Owners } from './owners.ts';

interface Read {
  readonly record: RawRecord;
  readonly rule: RealtimeEvent;
  readonly event: CloudEventAttributes;
  readonly value: Fields;
}

export interface EventMakerOptions {
  readonly topic: RealtimeTopic;
  readonly subject: Subject;
  readonly codec: Pick<Codec, 'decodeRecord'>;
  readonly owners: Owners;
  /** Told of records that cannot be read; their dead letters are other consumers' business. */
  readonly onUnreadable: (record: RawRecord, error: unknown) => void;
}

/** Turns records of one topic into events with their rooms. */
export class EventMaker {
  readonly topic: RealtimeTopic;
  readonly #options: EventMakerOptions;
  readonly #rules: ReadonlyMap<string, RealtimeEvent>;

  constructor(options: EventMakerOptions) {
    this.#options = options;
    this.topic = options.topic;
    this.#rules = new Map(options.topic.events.map((event) => [event.type, event]));
  }

  /** Events among the records, in their order; the store is asked only for owners that no event has told. */
  async make(records: readonly RawRecord[]): Promise<readonly LiveEvent[]> {
    const { owners } = this.#options;
    const read = records.flatMap((record) => this.#read(record) ?? []);
    for (const { value } of read) for (const ownership of ownershipsIn(this.topic, value)) owners.learn(ownership);
    const questions = read.flatMap(({ value }) => {
      const owner = ownerOf(this.topic, value);
      return typeof owner === 'object' && owners.known(owner) === undefined ? [owner] : [];
    });
    if (questions.length > 0) await owners.resolve(questions);
    return read.flatMap((one) => this.#route(one) ?? []);
  }

  #read(record: RawRecord): Read | undefined {
    if (record.value === null) return undefined;
    try {
      const get = (name: string) => headerOf(record, name);
      const binary = get(headers.specVersion) === undefined ? undefined : fromHeaders(get);
      // What no room wants is not decoded.
      if (binary !== undefined && !this.#rules.has(binary.type)) return undefined;
      const decoded = this.#options.codec.decodeRecord(this.#options.subject, get(headers.contentType), record.value);
      const event = binary ?? decoded.event;
      const rule = event === undefined ? undefined : this.#rules.get(event.type);
      if (event === undefined || rule === undefined) return undefined;
      return { record, rule, event, value: decoded.value as unknown as Fields };
    } catch (error) {
      this.#options.onUnreadable(record, error);
      return undefined;
    }
  }

  #route({ record, rule, event, value }: Read): LiveEvent | undefined {
    const found = ownerOf(this.topic, value);
    const owner = typeof found === 'object' ? this.#options.owners.known(found) : found;
    const rooms = roomsOf(rule, value, owner);
    if (rooms.length === 0) return undefined;
    return {
      code: this.topic.code,
      partition: record.partition,
      offset: record.offset,
      id: event.id,
      type: event.type,
      name: eventName(this.topic, event.type, value),
      time: event.time ?? new Date(record.timestampMs).toISOString(),
      rooms,
      data: payloadOf(this.topic, value),
      ...(rule.important === true && owner !== undefined ? { keptFor: owner } : {}),
      bytes: record.value?.length ?? 0,
    };
  }
}

function headerOf({ headers: all }: RawRecord, name: string): string | undefined {
  const found = all.find(([candidate]) => candidate === name);
  return found?.[1]?.toString();
}
