/**
 * Consumer group of one topic of a consumer behind Lambda: each mapping has a group of its own, because two mappings in
 * one group would take each other's partitions. A topic that is added to a consumer leaves the groups of the others as
 * they are.
 */
export function mappingGroupId(consumer: string, topic: string): string {
  return `${consumer}.${topic}`;
}
