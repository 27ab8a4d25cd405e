export interface GroupLimits {
  /** Largest sum of the sizes of a group, in the unit that `sizeOf` tells. */
  readonly maxSize: number;
  /** @default no limit */
  readonly maxItems?: number;
}

/** Parts items, in their order, into groups within the limits; an item above the largest size is a group by itself. */
export function* sizeGroups<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  { maxSize, maxItems = Number.POSITIVE_INFINITY }: GroupLimits,
): Generator<readonly T[]> {
  let group: T[] = [];
  let groupSize = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (group.length > 0 && (group.length >= maxItems || groupSize + size > maxSize)) {
      yield group;
      group = [];
      groupSize = 0;
    }
    group.push(item);
    groupSize += size;
  }
  if (group.length > 0) yield group;
}
