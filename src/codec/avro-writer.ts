import type avsc from 'avsc';
import { AppError } from '../core/errors/app-error.ts';
import type { CompiledSubject } from './compiled-subject.ts';
import { compressionZlib, glueHeaderBytes, packZlib } from './frame.ts';
import { shownValue } from './shown-value.ts';

/** Encodes a value with the newest version of its subject, behind the Glue frame. */
export type AvroWriter = (subject: CompiledSubject, value: unknown, compressed: boolean) => Buffer;

const slabBytes = 64 * 1024;

/**
 * Makes a writer. Values are written one behind another into slabs and handed out as views, so that a small value
 * costs no allocation of its own; a value that does not fit the rest of a slab begins a new one.
 */
export function makeAvroWriter(): AvroWriter {
  let slab = Buffer.allocUnsafeSlow(slabBytes);
  let used = 0;

  return (subject, value, compressed) => {
    subject.guard?.(value);
    if (slab.length - used < glueHeaderBytes) {
      slab = Buffer.allocUnsafeSlow(slabBytes);
      used = 0;
    }
    let end = write(subject, value, { slab, start: used });
    if (end > slab.length) {
      slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, end - used));
      used = 0;
      end = write(subject, value, { slab, start: 0 });
    }
    const plain = slab.subarray(used, end);
    if (compressed) return packed(plain);
    used = end;
    return plain;
  };
}

interface Place {
  readonly slab: Buffer;
  readonly start: number;
}

/** Writes frame and body; answers where they end, which lies beyond the slab when they did not fit. */
function write(subject: CompiledSubject, value: unknown, { slab, start }: Place): number {
  slab.set(subject.newest.frame, start);
  try {
    const end = subject.type.encode(value, slab, start + glueHeaderBytes);
    return end < 0 ? slab.length - end : end;
  } catch (cause) {
    throw misfit(subject, value, cause);
  }
}

function packed(plain: Buffer): Buffer {
  const header = Buffer.from(plain.subarray(0, glueHeaderBytes));
  header[1] = compressionZlib;
  return Buffer.concat([header, packZlib(plain.subarray(glueHeaderBytes))]);
}

/** The encoder says only what it choked on; the slow check finds where. */
function misfit({ subject, type }: CompiledSubject, value: unknown, cause: unknown): AppError {
  const found: string[] = [];
  const errorHook = (path: string[], got: unknown, expected: avsc.Type) => {
    if (found.length === 0)
      found.push(`${[subject, ...path].join('.')} is ${shownValue(got)}, allowed is ${expected.typeName}`);
  };
  type.isValid(value, { errorHook });
  const what = found[0] ?? `${subject}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new AppError('EVENTBUS_CODEC_VALUE_INVALID', what, { cause, details: { subject } });
}
