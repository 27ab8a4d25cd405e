import type { RealtimeFeed } from '../../catalogue/realtime.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { decodePosition, type Place } from '../../core/realtime/position.ts';
import type { Room } from '../../core/realtime/room.ts';
import { partitionOf } from '../../kafka/partitioner.ts';
import type { PartitionOffsets } from '../../kafka/topic-offsets.ts';
import type { Frontier } from './frontier.ts';
import type { RecentEvents } from './recent-events.ts';

export interface ResumeLog {
  /** What the log holds of a topic, by partition. */
  readonly bounds: (topic: string) => Promise<readonly PartitionOffsets[]>;
  readonly frontier: Frontier;
  readonly recent: RecentEvents;
  readonly feeds: readonly RealtimeFeed[];
}

/** Topics that feed a room. */
export function feedsOf(room: Room, feeds: readonly RealtimeFeed[]): readonly RealtimeFeed[] {
  return feeds.filter(({ topic }) => room.kind.topics.includes(topic));
}

/**
 * Where a room goes on after a position. Partitions that cannot hold events of the room are taken as read.
 *
 * @throws AppError EVENTBUS_REALTIME_POSITION_INVALID for a text that is no position, or one of rooms with other topics;
 *   EVENTBUS_REALTIME_POSITION_TOO_OLD when events after it may be gone, or when it belongs to another log
 */
export async function resumePoint(room: Room, after: unknown, log: ResumeLog): Promise<Place> {
  const position = typeof after === 'string' ? decodePosition(after) : undefined;
  if (position === undefined) throw invalid('it is no text that came as a position');
  const kept = position.rooms.get(room.name) ?? position.place;
  const place = new Map<number, readonly number[]>();
  for (const feed of feedsOf(room, log.feeds)) {
    const offsets = kept.get(feed.code);
    if (offsets === undefined) throw invalid(`it says nothing of ${feed.topic}, which feeds ${room.name}`);
    place.set(feed.code, await usable({ room, feed, offsets, log }));
  }
  return place;
}

interface Candidate {
  readonly room: Room;
  readonly feed: RealtimeFeed;
  readonly offsets: readonly number[];
  readonly log: ResumeLog;
}

async function usable({ room, feed, offsets, log }: Candidate): Promise<readonly number[]> {
  const read = log.frontier.of(feed.code);
  if (offsets.length > read.length) {
    throw tooOld(`${feed.topic} has ${read.length} partitions, the position has ${offsets.length}`);
  }
  // Partitions that came later begin at their first record.
  const next = read.map((_, partition) => offsets[partition] ?? 0);
  const only = partitionOfRoom(room, feed, offsets.length === read.length ? read.length : undefined);
  const needed = next.map((_, partition) => only === undefined || partition === only);
  const taken = next.map((offset, partition) => (needed[partition] === true ? offset : (read[partition] ?? 0)));
  const inMemory = taken.every(
    (offset, partition) => offset >= log.recent.floor(feed.code, partition) && offset <= (read[partition] ?? 0),
  );
  if (!inMemory) await requireInLog(feed.topic, taken, log.bounds);
  return taken;
}

/** Events of a room named after the topic's key are all in one partition, while the number of partitions stays. */
function partitionOfRoom({ kind, id }: Room, feed: RealtimeFeed, partitions: number | undefined): number | undefined {
  if (partitions === undefined || !kind.named) return undefined;
  const targets = feed.events.flatMap(({ rooms }) => rooms.filter((target) => target.kind === kind.kind));
  const byKey = targets.every((target) => typeof target.id === 'object' && target.id.field === feed.key);
  return byKey && targets.length > 0 ? partitionOf(id, partitions) : undefined;
}

/** @throws AppError EVENTBUS_REALTIME_POSITION_TOO_OLD when the log no longer, or not yet, has one of the offsets */
export async function requireInLog(
  topic: string,
  offsets: readonly number[],
  boundsOf: ResumeLog['bounds'],
): Promise<void> {
  const bounds = await boundsOf(topic);
  for (const [partition, offset] of offsets.entries()) {
    const { start = 0, end = 0 } = bounds[partition] ?? {};
    if (offset < start) throw tooOld(`${topic} partition ${partition} begins at ${start}, the position is ${offset}`);
    if (offset > end) throw tooOld(`${topic} partition ${partition} ends at ${end}, the position is ${offset}`);
  }
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_REALTIME_POSITION_INVALID', what);
}

function tooOld(what: string): AppError {
  return new AppError('EVENTBUS_REALTIME_POSITION_TOO_OLD', what);
}
