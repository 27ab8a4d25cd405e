import type { CompiledVersion } from './compiled-subject.ts';
import { confluentFrameByte, confluentHeaderBytes, glueFrameByte, glueHeaderBytes } from './frame.ts';

/** What a frame names. */
export interface FramedVersion {
  /** `<Subject>/v<n>`, or the id as the frame has it. */
  readonly name: string;
  /** Whether the versions searched have it. */
  readonly known: boolean;
}

/** The version that the frame of a value names; `null` for a value without a whole frame. */
export function framedVersion(bytes: Buffer, versions: readonly CompiledVersion[]): FramedVersion | null {
  const [first] = bytes;
  if (first === glueFrameByte && bytes.length >= glueHeaderBytes) {
    const id = bytes.toString('hex', 2, glueHeaderBytes);
    return named(
      versions.findLast(({ glueIds }) => glueIds.includes(id)),
      `glue:${dashed(id)}`,
    );
  }
  if (first === confluentFrameByte && bytes.length >= confluentHeaderBytes) {
    const id = bytes.readUInt32BE(1);
    return named(
      versions.findLast(({ confluentId }) => confluentId === id),
      `confluent:${id}`,
    );
  }
  return null;
}

function named(version: CompiledVersion | undefined, id: string): FramedVersion {
  if (version === undefined) return { name: id, known: false };
  return { name: `${version.writer.subject}/v${version.writer.version}`, known: true };
}

/** Hexadecimal digits in the form of a UUID. */
export function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
