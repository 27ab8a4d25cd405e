import { once } from 'node:events';
import { type BookingStep, bookingStory } from '../../core/simulation/booking-model.ts';
import { seededRandom } from '../../core/simulation/random.ts';
import { exitCodes } from '../exit-codes.ts';
import type { BookingsFlags } from './command.ts';

/** Bookings begin this far apart, ms. */
const apartMs = 20_000;
/** Bookings that are held to be mixed; none lasts longer than they take to begin. */
const held = 400;

/** Prints the events; answers the exit code. */
export async function runBookings(flags: BookingsFlags): Promise<number> {
  for (const line of bookingLines({ ...flags, nowMs: Date.now() })) {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
  }
  return exitCodes.ok;
}

interface BookingsOptions extends BookingsFlags {
  /** No event is later, ms since 1970-01-01 UTC. */
  readonly nowMs: number;
}

/** The events in the order of their times, a CloudEvent a line. */
export function* bookingLines({ count, seed, nowMs }: BookingsOptions): Generator<string> {
  const random = seededRandom(seed);
  const longestMs = 60 * 60_000;
  const firstMs = nowMs - longestMs - (count - 1) * apartMs;
  let waiting: BookingStep[] = [];
  for (let index = 0; index < count; index += 1) {
    const bookingId = `booking-${seed}-${String(index + 1).padStart(6, '0')}-${firstMs.toString(36)}`;
    waiting.push(...bookingStory({ bookingId, startMs: firstMs + index * apartMs }, random));
    if ((index + 1) % held !== 0) continue;
    const [due, later] = parted(waiting, firstMs + (index + 1) * apartMs);
    waiting = later;
    yield* due.map(lineOf);
  }
  yield* parted(waiting, Number.POSITIVE_INFINITY)[0].map(lineOf);
}

function parted(steps: readonly BookingStep[], beforeMs: number): readonly [BookingStep[], BookingStep[]] {
  const sorted = steps.toSorted((left, right) => left.data.occurredAt - right.data.occurredAt);
  const at = sorted.findIndex(({ data }) => data.occurredAt >= beforeMs);
  return at === -1 ? [sorted, []] : [sorted.slice(0, at), sorted.slice(at)];
}

function lineOf({ type, data }: BookingStep): string {
  const id = `${data.bookingId}-${data.streamVersion ?? 0}`;
  const time = new Date(data.occurredAt).toISOString();
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: '//booking-service',
    type,
    time,
    subject: data.bookingId,
    data,
  });
}
