import { routes } from '../../catalogue/routes.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { DecodedPartition } from './decode.ts';
import { type Failure, failureOf } from './failure.ts';
import type { MskRecord } from './msk-event.ts';

/** Where a partition is held, and why. */
export interface Hold {
  readonly offset: number;
  readonly failure: Failure;
}

export interface AwaitedSchemasOptions {
  /** How long a partition waits for one schema version, ms. */
  readonly patienceMs: number;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
  /** ms by a clock that only goes forwards; the patience goes by it. */
  readonly steadyClock: () => number;
  readonly schemaVersionOf: (record: MskRecord) => string | null;
}

const deviceTopics: ReadonlySet<string> = new Set(routes.map(({ topic }) => topic));

/**
 * Schema versions that records name and this program does not have. Where only the bus's own services write, such a
 * version was deployed to a producer first: its records are good, and a later deployment of this consumer reads them.
 * So the partition waits, for a bounded time a version. What devices send is never waited for: any device could hold
 * up its partition.
 */
export class AwaitedSchemas {
  readonly #options: AwaitedSchemasOptions;
  /** When each version was met first. */
  readonly #since = new Map<string, { readonly wallMs: number; readonly steadyMs: number }>();

  constructor(options: AwaitedSchemasOptions) {
    this.#options = options;
  }

  /** The first record whose version is to be waited for; `null` when there is none. */
  firstIn<T>(topic: string, { unreadable }: DecodedPartition<T>): Hold | null {
    if (deviceTopics.has(topic)) return null;
    const { clock, steadyClock, patienceMs, schemaVersionOf } = this.#options;
    for (const { record, failure } of unreadable) {
      if (failure.code !== 'EVENTBUS_CODEC_SCHEMA_UNKNOWN') continue;
      const version = schemaVersionOf(record) ?? '';
      const since = this.#since.get(version) ?? { wallMs: clock(), steadyMs: steadyClock() };
      this.#since.set(version, since);
      if (steadyClock() - since.steadyMs >= patienceMs) continue;
      const what = `${version}, first met ${new Date(since.wallMs).toISOString()}, at ${topic}-${record.partition} offset ${record.offset}`;
      const details = { offset: record.offset };
      return {
        offset: record.offset,
        failure: failureOf(new AppError('EVENTBUS_CONSUMER_SCHEMA_NOT_DEPLOYED', what, { details })),
      };
    }
    return null;
  }
}

/** The part of a decoded partition that lies before an offset. */
export function before<T>(offset: number, { items, unreadable, repeated }: DecodedPartition<T>): DecodedPartition<T> {
  return {
    items: items.filter((item) => item.offset < offset),
    unreadable: unreadable.filter(({ record }) => record.offset < offset),
    repeated,
  };
}
