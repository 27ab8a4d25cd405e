import { inTransaction, onConnection, type Pool } from './pool.ts';

export type Granularity = 'day' | 'month';

/** One partition of a table: its name and the times it holds, RFC 3339, the end excluded. */
export interface TimePartition {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Readings outside these years are a clock's fault; they stay in the default partition. */
const firstYear = 2000;
const lastYear = 2099;
const dayMs = 86_400_000;

/**
 * The partition of `table` that holds a time; null when that is the default partition.
 * @param timeMs - ms since 1970-01-01 UTC
 */
export function partitionAt(table: string, granularity: Granularity, timeMs: number): TimePartition | null {
  const time = new Date(timeMs);
  const year = time.getUTCFullYear();
  if (Number.isNaN(year) || year < firstYear || year > lastYear) return null;
  const month = time.getUTCMonth();
  const day = granularity === 'day' ? time.getUTCDate() : 1;
  const from = new Date(Date.UTC(year, month, day));
  const to = new Date(granularity === 'day' ? from.getTime() + dayMs : Date.UTC(year, month + 1, 1));
  const stamp = from
    .toISOString()
    .slice(0, granularity === 'day' ? 10 : 7)
    .replaceAll('-', '');
  return { name: `${table}_${stamp}`, from: from.toISOString(), to: to.toISOString() };
}

/** More partitions than this are a sign of clocks gone wild: further times go to the default partition. */
const maxPartitions = 2000;
const checkViolation = '23514';

// One statement, so that all or none are made. The function has the rights of the tables' owner; consumers have not.
const createSql = 'select make_time_partition($1, $2, from_time, $4) from unnest($3::timestamptz[]) as from_time';
const existingSql = 'select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass';

/** Makes the partitions of one table as they are needed; remembers which there are. */
export class TimePartitions {
  readonly #table: string;
  readonly #granularity: Granularity;
  readonly #fillFactor: number;
  readonly #known = new Set<string>();
  /** Bounds of the partition that the last time fell into: readings come in order as a rule. */
  #lastFromMs = 0;
  #lastToMs = 0;

  /**
   * @param table - partitioned table of the schema that the migrations ran in
   * @param fillFactor - percentage of a page that inserts fill in new partitions; less leaves room for updates
   */
  constructor(table: string, granularity: Granularity, fillFactor = 100) {
    this.#table = table;
    this.#granularity = granularity;
    this.#fillFactor = fillFactor;
  }

  /** Resolves when every time has a partition. */
  async ensure(pool: Pool, timesMs: Iterable<number>): Promise<void> {
    const missing = new Map<string, TimePartition>();
    for (const timeMs of timesMs) {
      if (timeMs >= this.#lastFromMs && timeMs < this.#lastToMs) continue;
      const partition = partitionAt(this.#table, this.#granularity, timeMs);
      if (partition === null) continue;
      if (this.#known.has(partition.name)) {
        this.#lastFromMs = Date.parse(partition.from);
        this.#lastToMs = Date.parse(partition.to);
      } else missing.set(partition.name, partition);
    }
    if (missing.size === 0) return;
    if (this.#known.size === 0) await this.#readExisting(pool);
    const wanted = [...missing.values()].filter(({ name }) => !this.#known.has(name));
    await this.#create(pool, wanted.slice(0, Math.max(0, maxPartitions - this.#known.size)));
  }

  async #readExisting(pool: Pool): Promise<void> {
    const names = await inTransaction(pool, (client) => client.query<{ name: string }>(existingSql, [this.#table]));
    for (const { name } of names.rows) this.#known.add(name);
  }

  async #create(pool: Pool, partitions: readonly TimePartition[]): Promise<void> {
    if (partitions.length === 0) return;
    try {
      await this.#createTogether(pool, partitions);
    } catch (error) {
      if ((error as { readonly details?: { readonly state?: unknown } }).details?.state !== checkViolation) throw error;
      // Rows of such a time lie in the default partition already; later ones join them there.
      if (partitions.length > 1) for (const partition of partitions) await this.#create(pool, [partition]);
    }
    for (const { name } of partitions) this.#known.add(name);
  }

  async #createTogether(pool: Pool, partitions: readonly TimePartition[]): Promise<void> {
    const values = [this.#table, this.#granularity, partitions.map(({ from }) => from), this.#fillFactor];
    await onConnection(pool, (client) => client.query(createSql, values));
  }
}
