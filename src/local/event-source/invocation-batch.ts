import type { Portion } from './partition-buffer.ts';

/** Where a run of records lies in the bytes, and what its batch says of all of them. */
export interface BatchSegment {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly baseOffset: number;
  readonly baseTimestampMs: number;
  readonly logAppendTimeMs: number | null;
}

/**
 * Records on their way to a function's thread: bytes as the broker sent them, in one buffer that changes hands without
 * a copy. The thread builds the event from it, so that no array of numbers ever crosses.
 */
export interface InvocationBatch {
  readonly bytes: ArrayBuffer;
  readonly segments: readonly BatchSegment[];
  readonly eventSourceArn: string;
  readonly bootstrapServers: string;
}

export interface PartitionPortion {
  readonly topic: string;
  readonly partition: number;
  readonly portion: Portion;
}

/** Copies the records once, side by side. */
export function packBatch(
  parts: readonly PartitionPortion[],
  source: Pick<InvocationBatch, 'eventSourceArn' | 'bootstrapServers'>,
): InvocationBatch {
  let length = 0;
  for (const { portion } of parts) {
    for (const { chunk, from, to } of portion.segments) length += place(chunk.starts, to) - place(chunk.starts, from);
  }
  const bytes = new Uint8Array(length);
  const segments: BatchSegment[] = [];
  let at = 0;
  for (const { topic, partition, portion } of parts) {
    for (const { chunk, from, to } of portion.segments) {
      const run = chunk.bytes.subarray(place(chunk.starts, from), place(chunk.starts, to));
      bytes.set(run, at);
      const { baseOffset, baseTimestampMs, logAppendTimeMs } = chunk;
      const end = at + run.length;
      segments.push({ topic, partition, start: at, end, baseOffset, baseTimestampMs, logAppendTimeMs });
      at = end;
    }
  }
  return { bytes: bytes.buffer, segments, ...source };
}

function place(starts: readonly number[], index: number): number {
  return starts[index] as number;
}
