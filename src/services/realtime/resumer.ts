import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors/app-error.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { readTopic } from '../../kafka/reader.ts';
import type { EventMaker } from './event-maker.ts';
import type { Hub } from './hub.ts';
import type { LiveEvent } from './live-event.ts';
import { type ResumeLog, requireInLog } from './resume-point.ts';
import { Semaphore } from './semaphore.ts';
import type { Session } from './session.ts';
import type { Subscription } from './subscription.ts';

export interface ResumerOptions extends ResumeLog {
  readonly connection: KafkaConnection;
  readonly hub: Hub;
  readonly makers: readonly EventMaker[];
  readonly logReaders: number;
  readonly onSlow: (session: Session) => void;
  /** The room could not be brought up to date; the client has to subscribe again. */
  readonly onFailed: (session: Session, subscription: Subscription, error: AppError) => void;
}

/** Events that are sent without a look at whether the client keeps up. */
const chunkEvents = 100;
const easeCheckMs = 10;
const easeWithinMs = 30_000;

/**
 * Sends what a connection missed and joins it to the live events. While a room catches up it gets nothing live, and it
 * becomes live within the same turn of the event loop in which the last missed event has been sent: so nothing falls
 * between the two, and nothing comes twice.
 */
export class Resumer {
  readonly #options: ResumerOptions;
  readonly #readers: Semaphore;
  fromMemory = 0;
  fromLog = 0;

  constructor(options: ResumerOptions) {
    this.#options = options;
    this.#readers = new Semaphore(options.logReaders);
  }

  /** Rooms of one connection catch up one after another. */
  enqueue(session: Session, subscription: Subscription): void {
    session.resumeChain = session.resumeChain.then(() => this.#catchUp(session, subscription));
  }

  async #catchUp(session: Session, subscription: Subscription): Promise<void> {
    try {
      while (isOpen(session, subscription)) {
        if (!this.#inMemory(subscription)) await this.#readLog(session, subscription);
        else if (this.#sendRecent(session, subscription)) return;
        await this.#untilAtEase(session, subscription);
      }
    } catch (error) {
      if (!isOpen(session, subscription)) return;
      const what = `${subscription.room.name}: ${error instanceof Error ? error.message : String(error)}`;
      const failure =
        error instanceof AppError && error.code === 'EVENTBUS_REALTIME_POSITION_TOO_OLD'
          ? error
          : new AppError('EVENTBUS_REALTIME_RESUME_FAILED', what, { cause: error });
      this.#options.onFailed(session, subscription, failure);
    }
  }

  #inMemory(subscription: Subscription): boolean {
    const { recent } = this.#options;
    return subscription.codes.every((code) =>
      subscription.next(code).every((offset, partition) => offset >= recent.floor(code, partition)),
    );
  }

  /** Sends from memory; true when that was everything and the room is live. No waiting in here: see the class. */
  #sendRecent(session: Session, subscription: Subscription): boolean {
    const { recent, frontier } = this.#options;
    let sent = 0;
    for (const event of recent.of(subscription.room.name)) {
      if (!subscription.awaits(event)) continue;
      if (sent === chunkEvents) return false;
      if (this.#send(session, subscription, event)) sent += 1;
    }
    this.fromMemory += 1;
    subscription.catchUp(frontier);
    session.refresh();
    // The positions that came with the events of this room did not cover what other rooms brought meanwhile.
    session.tellPosition(subscription.room.name);
    return true;
  }

  #send(session: Session, subscription: Subscription, event: LiveEvent): boolean {
    const { hub } = this.#options;
    subscription.advance(event.code, event.partition, event.offset + 1);
    if (!subscription.wants(event) || hub.hadElsewhere(session, subscription, event)) return false;
    hub.eventsOut += 1;
    session.send(event, subscription);
    return true;
  }

  async #readLog(session: Session, subscription: Subscription): Promise<void> {
    this.fromLog += 1;
    await this.#readers.run(async () => {
      for (const maker of this.#options.makers) {
        const { code } = maker.topic;
        if (subscription.codes.includes(code)) await this.#readTopic(session, subscription, maker);
      }
    });
  }

  /** Reads one topic from where the room stands to where the gateway stood when the reading began. */
  async #readTopic(session: Session, subscription: Subscription, maker: EventMaker): Promise<void> {
    const { connection, bounds, frontier, recent } = this.#options;
    const { topic, code } = maker.topic;
    const from = new Map(subscription.next(code).map((offset, partition) => [partition, offset]));
    const ends = new Map(frontier.of(code).map((offset, partition) => [partition, offset]));
    const behind = [...from].filter(([partition, offset]) => offset < recent.floor(code, partition));
    if (behind.length === 0) return;
    await requireInLog(topic, subscription.next(code), bounds);
    const partitions = behind.map(([partition]) => partition);
    // What is damaged was left out when it was live, too.
    const range = { from: { offsets: from }, to: { offsets: ends }, partitions, onDamaged: () => {} };
    for await (const records of readTopic({ connection, topic, clientId: 'event-bus-realtime', ...range })) {
      if (!isOpen(session, subscription)) return;
      const events = await maker.make(records);
      for (const event of events) {
        if (!event.rooms.includes(subscription.room.name) || !subscription.awaits(event)) continue;
        if (!this.#send(session, subscription, event)) continue;
        if (!session.atEase()) await this.#untilAtEase(session, subscription);
        if (!isOpen(session, subscription)) return;
      }
      const last = records.at(-1);
      if (last !== undefined) subscription.advance(code, last.partition, last.offset + 1);
    }
    for (const partition of partitions) subscription.advance(code, partition, ends.get(partition) ?? 0);
  }

  async #untilAtEase(session: Session, subscription: Subscription): Promise<void> {
    const endMs = Date.now() + easeWithinMs;
    while (isOpen(session, subscription) && !session.atEase()) {
      if (Date.now() > endMs) {
        this.#options.onSlow(session);
        return;
      }
      await sleep(easeCheckMs);
    }
  }
}

function isOpen(session: Session, subscription: Subscription): boolean {
  return !session.ended && !subscription.cancelled;
}
