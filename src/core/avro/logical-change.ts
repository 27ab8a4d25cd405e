import type { Obstacle } from './obstacle.ts';
import type { Logical } from './resolved-type.ts';

/**
 * Whether a value keeps its meaning. Avro reads any logical type whose plain type fits, so a change from milliseconds to
 * microseconds would be read without an error and be wrong by a factor of 1,000. A reader may drop a logical type and
 * take the plain value; it must not add or change one.
 */
export function logicalObstacle(
  reader: Logical | undefined,
  writer: Logical | undefined,
  path: string,
): readonly Obstacle[] {
  if (reader === undefined) return [];
  if (reader.name !== writer?.name) {
    const reason = `the reader takes the writer's ${writer?.name ?? 'plain'} value for a ${reader.name}`;
    return [{ path, kind: 'logical-type', reason }];
  }
  if (reader.scale !== writer.scale) {
    const reason = `the reader expects ${reader.scale} decimal places, the writer wrote ${writer.scale}`;
    return [{ path, kind: 'logical-type', reason }];
  }
  if ((reader.precision ?? 0) >= (writer.precision ?? 0)) return [];
  const reason = `the reader holds ${reader.precision} digits, the writer wrote up to ${writer.precision}`;
  return [{ path, kind: 'logical-type', reason }];
}
