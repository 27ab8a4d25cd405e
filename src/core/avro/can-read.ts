import type { AvroPrimitive } from '../../catalogue/avro-schema.ts';
import { logicalObstacle } from './logical-change.ts';
import type { Obstacle } from './obstacle.ts';
import type { ResolvedField, ResolvedType } from './resolved-type.ts';

interface Walk {
  readonly path: string;
  /** Pairs of records under comparison; a recursive schema meets a pair again and may rely on it. */
  readonly open: ReadonlySet<string>;
}

/** Plain types that a reader's plain type takes beside its own, by Avro's rules of promotion. */
const promotions: Readonly<Partial<Record<AvroPrimitive, readonly AvroPrimitive[]>>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

/** Everything that keeps the reader from reading what the writer wrote, by Avro's schema resolution; empty when it can. */
export function obstacles(reader: ResolvedType, writer: ResolvedType, path: string): readonly Obstacle[] {
  return compare(reader, writer, { path, open: new Set() });
}

function compare(reader: ResolvedType, writer: ResolvedType, walk: Walk): readonly Obstacle[] {
  if (writer.kind === 'union') return writer.branches.flatMap((branch) => compareBranch(reader, branch, walk));
  switch (reader.kind) {
    case 'union':
      return compareBranch(reader, writer, walk);
    case 'primitive':
      return comparePrimitive(reader, writer, walk);
    case 'array':
      if (writer.kind !== 'array') return [typeChange(reader, writer, walk)];
      return compare(reader.items, writer.items, { ...walk, path: `${walk.path}[]` });
    case 'map':
      if (writer.kind !== 'map') return [typeChange(reader, writer, walk)];
      return compare(reader.values, writer.values, { ...walk, path: `${walk.path}{}` });
    case 'record':
    case 'enum':
    case 'fixed':
    default:
      return compareNamed(reader, writer, walk);
  }
}

/** One branch of the writer against the reader; a reader's union takes it when one of its branches does. */
function compareBranch(reader: ResolvedType, branch: ResolvedType, walk: Walk): readonly Obstacle[] {
  if (reader.kind !== 'union') return compare(reader, branch, walk);
  const attempts = reader.branches.map((candidate) => compare(candidate, branch, walk));
  if (attempts.some((attempt) => attempt.length === 0)) return [];
  // With one branch of the same kind, what is wrong inside it says more than that no branch fits.
  const alike = attempts.filter((_, index) => isAlike(reader.branches[index], branch));
  const [only] = alike;
  if (only !== undefined && alike.length === 1) return only;
  const reason = `no branch of the reader's union takes the writer's ${nameOf(branch)}`;
  return [{ path: walk.path, kind: 'union-branch', reason }];
}

function isAlike(reader: ResolvedType | undefined, writer: ResolvedType): boolean {
  if (reader === undefined || reader.kind !== writer.kind) return false;
  return reader.kind !== 'primitive' || (writer.kind === 'primitive' && reader.primitive === writer.primitive);
}

function comparePrimitive(
  reader: Extract<ResolvedType, { kind: 'primitive' }>,
  writer: ResolvedType,
  walk: Walk,
): readonly Obstacle[] {
  if (writer.kind !== 'primitive') return [typeChange(reader, writer, walk)];
  const taken = reader.primitive === writer.primitive || promotions[reader.primitive]?.includes(writer.primitive);
  if (taken !== true) return [typeChange(reader, writer, walk)];
  return logicalObstacle(reader.logical, writer.logical, walk.path);
}

function compareNamed(
  reader: Extract<ResolvedType, { kind: 'record' | 'enum' | 'fixed' }>,
  writer: ResolvedType,
  walk: Walk,
): readonly Obstacle[] {
  if (writer.kind !== reader.kind) return [typeChange(reader, writer, walk)];
  if (reader.name !== writer.name && !reader.aliases.includes(writer.name)) {
    const reason = `the reader's "${reader.name}" has no alias for the writer's "${writer.name}"`;
    return [{ path: walk.path, kind: 'name-change', reason }];
  }
  if (reader.kind === 'record' && writer.kind === 'record') return compareRecords(reader, writer, walk);
  if (reader.kind === 'enum' && writer.kind === 'enum') return compareEnums(reader, writer, walk);
  if (reader.kind === 'fixed' && writer.kind === 'fixed') return compareFixed(reader, writer, walk);
  return [];
}

function compareEnums(
  reader: Extract<ResolvedType, { kind: 'enum' }>,
  writer: Extract<ResolvedType, { kind: 'enum' }>,
  walk: Walk,
): readonly Obstacle[] {
  const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (unknown.length === 0 || reader.hasDefault) return [];
  const reason = `the reader has no default for the symbols ${unknown.join(', ')} of the writer`;
  return [{ path: walk.path, kind: 'enum-symbols', reason }];
}

function compareFixed(
  reader: Extract<ResolvedType, { kind: 'fixed' }>,
  writer: Extract<ResolvedType, { kind: 'fixed' }>,
  walk: Walk,
): readonly Obstacle[] {
  if (reader.size === writer.size) return logicalObstacle(reader.logical, writer.logical, walk.path);
  const reason = `the reader expects ${reader.size} bytes, the writer wrote ${writer.size}`;
  return [{ path: walk.path, kind: 'fixed-size', reason }];
}

type RecordType = Extract<ResolvedType, { kind: 'record' }>;

function compareRecords(reader: RecordType, writer: RecordType, walk: Walk): readonly Obstacle[] {
  const pair = `${reader.name} ${writer.name}`;
  if (walk.open.has(pair)) return [];
  const open = new Set([...walk.open, pair]);
  return reader.fields.flatMap((field) => compareField(field, writer, { path: `${walk.path}.${field.name}`, open }));
}

function compareField(field: ResolvedField, writer: RecordType, walk: Walk): readonly Obstacle[] {
  const names = [field.name, ...field.aliases];
  const matches = writer.fields.filter(({ name }) => names.includes(name));
  const [match] = matches;
  if (match === undefined) {
    if (field.hasDefault) return [];
    const reason = 'the writer has no such field and the reader has no default for it';
    return [{ path: walk.path, kind: 'missing-default', reason }];
  }
  if (matches.length === 1) return compare(field.type, match.type, walk);
  const reason = `name and aliases match several fields of the writer: ${matches.map(({ name }) => name).join(', ')}`;
  return [{ path: walk.path, kind: 'ambiguous-alias', reason }];
}

function typeChange(reader: ResolvedType, writer: ResolvedType, walk: Walk): Obstacle {
  const reason = `the writer's ${nameOf(writer)} cannot be read as ${nameOf(reader)}`;
  return { path: walk.path, kind: 'type-change', reason };
}

function nameOf(type: ResolvedType): string {
  switch (type.kind) {
    case 'primitive':
      return type.primitive;
    case 'union':
      return `union of ${type.branches.map(nameOf).join(', ')}`;
    case 'array':
    case 'map':
      return type.kind;
    case 'record':
    case 'enum':
    case 'fixed':
    default:
      return `${type.kind} ${type.name.slice(type.name.lastIndexOf('.') + 1)}`;
  }
}
