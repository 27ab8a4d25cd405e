import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folders } from '../../src/local/platform/settings.ts';
import type { Bus } from '../e2e/bus.ts';
import { untilCaughtUp } from './load.ts';
import { batchOf, json, publish } from './raw-messages.ts';

/** The write-ahead log of the broker's file. */
export const writeAheadLogOf = (dataDir: string) => join(folders(dataDir).kafka, 'log.sqlite-wal');

/** What a cut leaves of it. */
export const leftBytes = 65_536;

/** The round of the write-ahead log, which a checkpoint ends, and how many bytes have been written in it. */
function roundOf(dataDir: string): { readonly name: string; readonly bytes: number } {
  const file = readFileSync(writeAheadLogOf(dataDir));
  const [headerBytes, frameHeaderBytes, salts] = [32, 24, file.subarray(16, 24)];
  const frameBytes = frameHeaderBytes + file.readUInt32BE(8);
  let bytes = headerBytes;
  // Frames behind the last one of this round have the salts of a round before.
  while (bytes + frameBytes <= file.length && salts.equals(file.subarray(bytes + 8, bytes + 16))) bytes += frameBytes;
  return { name: file.toString('hex', 12, 24), bytes };
}

/** A checkpoint comes at twice as much. */
const halfRoundBytes = 4 * 1024 * 1024;

/**
 * Lets consumers read records that lie in the write-ahead log alone, behind what the cut leaves: after a checkpoint just
 * before the kill, the cut would take away nothing that anybody has read.
 */
export async function fillWriteAheadLog(bus: Bus): Promise<void> {
  for (let sequence = 0; ; sequence += 1) {
    const before = roundOf(bus.dataDir);
    await publish(bus, [json('last', batchOf('last', sequence))]);
    await untilCaughtUp(bus);
    const after = roundOf(bus.dataDir);
    if (after.name === before.name && before.bytes >= leftBytes && after.bytes < halfRoundBytes) return;
  }
}
