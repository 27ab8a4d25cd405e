import type { AvroSchema } from '../catalogue/avro-schema.ts';
import type { CompatibilityMode } from '../catalogue/model.ts';
import { obstacles } from './avro/can-read.ts';
import type { Obstacle } from './avro/obstacle.ts';
import { type ResolvedType, resolveType } from './avro/resolved-type.ts';

/** One reason why two versions of a subject break the compatibility mode. */
export interface Incompatibility extends Obstacle {
  /** Version that would read, 1 for the first. */
  readonly reader: number;
  /** Version that wrote. */
  readonly writer: number;
}

interface Guarantee {
  readonly backward: boolean;
  readonly forward: boolean;
  readonly transitive: boolean;
}

const guarantees: Readonly<Record<CompatibilityMode, Guarantee>> = {
  none: { backward: false, forward: false, transitive: false },
  backward: { backward: true, forward: false, transitive: false },
  'backward-transitive': { backward: true, forward: false, transitive: true },
  forward: { backward: false, forward: true, transitive: false },
  'forward-transitive': { backward: false, forward: true, transitive: true },
  full: { backward: true, forward: true, transitive: false },
  'full-transitive': { backward: true, forward: true, transitive: true },
};

/**
 * Everything in which the versions of a subject break a compatibility mode; empty when they obey it.
 * Backward: a newer version reads what an older one wrote. Forward: an older version reads what a newer one wrote. Full:
 * both. The plain forms hold between neighbours, the transitive ones between all pairs.
 * @param versions every version of the subject, oldest first
 * @throws AppError EVENTBUS_CATALOGUE_SCHEMA_INVALID when a schema uses an undefined name
 */
export function checkCompatibility(
  mode: CompatibilityMode,
  versions: readonly AvroSchema[],
): readonly Incompatibility[] {
  const types = versions.map(resolveType);
  const { backward, forward, transitive } = guarantees[mode];
  return pairs(types.length, transitive).flatMap(({ newer, older }) => [
    ...(backward ? readProblems(types, newer, older) : []),
    ...(forward ? readProblems(types, older, newer) : []),
  ]);
}

interface Pair {
  readonly newer: number;
  readonly older: number;
}

function pairs(count: number, transitive: boolean): readonly Pair[] {
  return Array.from({ length: count }, (_, newer) => newer).flatMap((newer) =>
    Array.from({ length: newer }, (_, older) => ({ newer, older })).slice(transitive ? 0 : -1),
  );
}

function readProblems(types: readonly ResolvedType[], reader: number, writer: number): readonly Incompatibility[] {
  const [readerType, writerType] = [types[reader], types[writer]];
  if (readerType === undefined || writerType === undefined) return [];
  const root = 'name' in readerType ? readerType.name.slice(readerType.name.lastIndexOf('.') + 1) : readerType.kind;
  return obstacles(readerType, writerType, root).map((found) => ({ ...found, reader: reader + 1, writer: writer + 1 }));
}
