import type { AvroSchema } from '../../catalogue/avro-schema.ts';
import type { Obstacle } from '../avro/obstacle.ts';
import { checkCompatibility } from '../compatibility.ts';

/** A version that the newest one cannot read. */
export interface UnreadableVersion {
  /** 1 for the first. */
  readonly version: number;
  readonly obstacles: readonly Obstacle[];
}

/**
 * Versions whose values the newest version cannot read, whatever compatibility was promised.
 * @param versions every version of the subject, oldest first
 */
export function unreadableVersions(versions: readonly AvroSchema[]): readonly UnreadableVersion[] {
  const found = checkCompatibility('backward-transitive', versions).filter(({ reader }) => reader === versions.length);
  const byVersion = Map.groupBy(found, ({ writer }) => writer);
  return [...byVersion]
    .map(([version, obstacles]) => ({ version, obstacles }))
    .toSorted((left, right) => left.version - right.version);
}
