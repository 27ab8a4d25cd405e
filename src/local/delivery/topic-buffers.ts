import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LakeColumn } from '../../catalogue/lake-columns.ts';
import { stagingFolder } from './flush.ts';
import type { FlushQueue } from './flush-queue.ts';
import { TopicBuffer } from './topic-buffer.ts';

export interface TopicBuffersOptions {
  /** The lake's folder. */
  readonly directory: string;
  readonly columnsOf: (topic: string) => readonly LakeColumn[];
  /** When a buffer is written: at so many bytes of rows, or when its oldest record has waited so long. */
  readonly limits: { readonly maxBytes?: number | undefined; readonly maxMs?: number | undefined };
  readonly flushes: FlushQueue;
}

const defaultMaxBytes = 128 * 1024 * 1024;
const defaultMaxMs = 60_000;

/** What has been read and is in no file yet: a buffer a topic, and those that wait to be written. */
export class TopicBuffers {
  readonly #options: TopicBuffersOptions;
  readonly #filling = new Map<string, TopicBuffer>();
  #made = 0;

  constructor(options: TopicBuffersOptions) {
    this.#options = options;
  }

  /** The buffer that the topic's records go into now. */
  of(topic: string): TopicBuffer {
    let buffer = this.#filling.get(topic);
    if (buffer === undefined) {
      const { directory, columnsOf } = this.#options;
      const folder = join(directory, stagingFolder, `spool-${this.#made++}`);
      mkdirSync(folder, { recursive: true });
      buffer = new TopicBuffer(topic, columnsOf(topic), folder);
      this.#filling.set(topic, buffer);
    }
    return buffer;
  }

  giveUp(buffer: TopicBuffer): void {
    this.#filling.delete(buffer.topic);
    buffer.discard();
  }

  flushDue(nowMs: number): void {
    const { maxBytes = defaultMaxBytes, maxMs = defaultMaxMs } = this.#options.limits;
    for (const buffer of this.#filling.values()) {
      const waitedMs = buffer.openedAtMs === undefined ? 0 : nowMs - buffer.openedAtMs;
      if (buffer.bytes >= maxBytes || waitedMs >= maxMs) this.#flush(buffer);
    }
  }

  flushAll(): void {
    for (const buffer of this.#filling.values()) this.#flush(buffer);
  }

  /** Records in buffers that are still filled. */
  get records(): number {
    return [...this.#filling.values()].reduce((sum, { records }) => sum + records, 0);
  }

  /** Bytes of buffers that are still filled. */
  get fillingBytes(): number {
    return [...this.#filling.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes of buffers that wait to be written. */
  get waitingBytes(): number {
    return this.#options.flushes.bytes;
  }

  /** Takes the buffer out of reading's way. */
  #flush(buffer: TopicBuffer): void {
    this.#filling.delete(buffer.topic);
    this.#options.flushes.add(buffer);
  }
}
