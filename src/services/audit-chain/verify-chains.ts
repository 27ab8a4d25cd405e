import { headers } from '../../catalogue/headers.ts';
import { type ChainedTopic, chainedTopics, type EntryReader } from '../../codec/chained-entry.ts';
import type { ChainHead } from '../../core/audit-chain/chain.ts';
import {
  type ChainReading,
  closeChain,
  type LogPlace,
  type ReadLink,
  readLink,
  unreadChain,
} from '../../core/audit-chain/verify-chain.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';

/** Records of one partition, in order. */
export interface ReadPartition {
  readonly partition: number;
  /** True when records before these may have been given up with the topic's retention. */
  readonly beginsLate: boolean;
  readonly records: AsyncIterable<readonly RawRecord[]>;
}

/** What the writers remember of their chains, by chain id. */
export type WriterHeads = ReadonlyMap<string, ChainHead>;

export interface VerifiedChain extends ChainReading {
  readonly topic: ChainedTopic;
  readonly chainId: string;
}

/** A record whose place in a chain cannot be told. */
export interface UnreadableEntry {
  readonly place: LogPlace;
  readonly reason: string;
}

export interface TopicVerdict {
  readonly topic: ChainedTopic;
  /** In the order of their ids. */
  readonly chains: readonly VerifiedChain[];
  /** Entries that stand in no chain: those of writers without one. */
  readonly unchained: number;
  readonly unreadable: readonly UnreadableEntry[];
}

/** Verifies every chain of a topic, entry by entry in the order of the log, and its end by what its writer remembers. */
export async function verifyTopic(
  topic: ChainedTopic,
  partitions: readonly ReadPartition[],
  { read, heads }: { readonly read: EntryReader; readonly heads: WriterHeads },
): Promise<TopicVerdict> {
  const chains = new Map<string, ChainReading>();
  const unreadable: UnreadableEntry[] = [];
  let unchained = 0;
  for (const { records, beginsLate } of partitions) {
    for await (const batch of records) {
      for (const record of batch) {
        const link = linkOf(topic, record, read);
        if (link === null) unchained += 1;
        else if ('reason' in link) unreadable.push(link);
        else chains.set(link.chainId, readLink(chains.get(link.chainId) ?? unreadChain, link, beginsLate));
      }
    }
  }
  // A chain that the writer knows of and the log does not is cut at its beginning.
  for (const [chainId, { sequence }] of heads) {
    if (!chains.has(chainId) && sequence > 0) chains.set(chainId, unreadChain);
  }
  const closed = [...chains].map(([chainId, reading]): VerifiedChain => {
    return { ...closeChain(reading, heads.get(chainId) ?? null), topic, chainId };
  });
  return {
    topic,
    chains: closed.sort((left, right) => (left.chainId < right.chainId ? -1 : 1)),
    unchained,
    unreadable,
  };
}

function linkOf(
  topic: ChainedTopic,
  { partition, offset, value, headers: list }: RawRecord,
  read: EntryReader,
): (ReadLink & { readonly chainId: string }) | UnreadableEntry | null {
  const place: LogPlace = { topic, partition, offset };
  const contentType = list.find(([name]) => name === headers.contentType)?.[1]?.toString();
  try {
    const entry = read(chainedTopics[topic], contentType, value ?? Buffer.alloc(0));
    return entry === null ? null : { ...entry, place };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { place, reason: error.message };
  }
}

/** True when nothing is broken. */
export function isUnbroken({ chains, unreadable }: TopicVerdict): boolean {
  return unreadable.length === 0 && chains.every(({ broken }) => broken === null);
}
