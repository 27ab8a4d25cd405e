/** Why data cannot be read, as a word that programs can branch on. */
export type ObstacleKind =
  | 'missing-default'
  | 'type-change'
  | 'name-change'
  | 'enum-symbols'
  | 'union-branch'
  | 'fixed-size'
  | 'ambiguous-alias'
  | 'logical-type';

export interface Obstacle {
  /** Where in the reader's schema: field names with `[]` for items of an array and `{}` for values of a map. */
  readonly path: string;
  readonly kind: ObstacleKind;
  /** What is wrong, as an English clause. */
  readonly reason: string;
}
