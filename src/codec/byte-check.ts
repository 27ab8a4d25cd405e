import { type AvroSchema, isUnion } from '../catalogue/avro-schema.ts';
import { AppError } from '../core/errors/app-error.ts';
import { type Cursor, compileProgram, type Instruction, instruction, type Step } from './byte-program.ts';
import { defineType, type NamedSchema, type NamedTypes, typeNamed } from './named-types.ts';
import { forbiddenKey, maxLong } from './value-guard.ts';

/**
 * Checks that bytes follow a writer's schema exactly, before they are decoded: every length and index in range,
 * nothing cut, nothing left over. The Avro decoder itself reads on past the end, and believes any item count.
 */
export type ByteCheck = (bytes: Buffer, start: number) => void;

const maxExactLong = BigInt(maxLong);

/** Items of zero bytes (null, empty records) that the arrays of one value may claim together. */
const maxEmptyItems = 10_000;

interface Plan {
  readonly step: Step;
  /** Least number of bytes a value takes. */
  readonly minBytes: number;
  /** The same as `step`, to be joined with what stands before and behind. */
  readonly program: readonly Instruction[];
}

/** Compiles the check of one writer schema. */
export function compileByteCheck(schema: AvroSchema): ByteCheck {
  const { step } = planOf(schema, { named: new Map(), namespace: '' });
  return (bytes, start) => {
    const cursor: Cursor = { bytes, position: start, emptyItems: 0 };
    step(cursor);
    if (cursor.position > bytes.length) truncated(cursor);
    if (cursor.position < bytes.length) {
      const what = `${bytes.length - cursor.position} of ${bytes.length} bytes are left over at byte ${cursor.position}`;
      throw new AppError('EVENTBUS_CODEC_TRAILING_BYTES', what);
    }
  };
}

type Scope = NamedTypes<Plan>;

function planOf(schema: AvroSchema, scope: Scope): Plan {
  if (typeof schema === 'string') return primitives[schema] ?? typeNamed(schema, scope);
  if (isUnion(schema)) return unionPlan(schema.map((branch) => planOf(branch, scope)));
  switch (schema.type) {
    case 'record':
      return named(schema, scope, (inner) => recordPlan(schema.fields.map((field) => planOf(field.type, inner))));
    case 'enum':
      return named(schema, scope, () => enumPlan(schema.symbols.length));
    case 'fixed':
      return named(schema, scope, () => fixedPlan(schema.size));
    case 'array':
      return blocksPlan(planOf(schema.items, scope));
    case 'map':
      return blocksPlan(recordPlan([mapKeyPlan, planOf(schema.values, scope)]));
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
    default:
      return planOf(schema.type, scope);
  }
}

function named(schema: NamedSchema, scope: Scope, compile: (inner: Scope) => Plan): Plan {
  return defineType(schema, scope, { meanwhile: (later) => plan(0, (cursor) => later()?.step(cursor)), compile });
}

function plan(minBytes: number, step: Step): Plan {
  return planOfKind({ kind: instruction.step, argument: 0, step }, minBytes);
}

function planOfKind(only: Instruction, minBytes: number): Plan {
  return { minBytes, step: only.step, program: [only] };
}

function fixedPlan(size: number): Plan {
  const step = (cursor: Cursor) => {
    cursor.position += size;
  };
  return planOfKind({ kind: instruction.fixed, argument: size, step }, size);
}

const lengthPlan = planOfKind({ kind: instruction.text, argument: 0, step: checkLength }, 1);

function checkLength(cursor: Cursor): void {
  const length = readLong(cursor);
  if (length < 0) malformed(cursor, `a length of ${length}`);
  cursor.position += length;
  if (cursor.position > cursor.bytes.length) truncated(cursor);
}

const mapKeyPlan = plan(1, (cursor) => {
  const start = cursor.position;
  checkLength(cursor);
  if (cursor.position - start !== forbiddenKey.length + 1) return;
  const key = cursor.bytes.toString('latin1', start + 1, cursor.position);
  if (key === forbiddenKey) malformed(cursor, `the map key "${key}"`);
});

const primitives: Readonly<Record<string, Plan>> = {
  null: fixedPlan(0),
  boolean: plan(1, checkBoolean),
  float: fixedPlan(4),
  double: fixedPlan(8),
  int: planOfKind({ kind: instruction.long, argument: 0, step: checkInt }, 1),
  long: planOfKind({ kind: instruction.long, argument: 0, step: checkLong }, 1),
  bytes: lengthPlan,
  string: lengthPlan,
};

function recordPlan(fields: readonly Plan[]): Plan {
  const program = fields.flatMap((field) => field.program);
  return {
    minBytes: fields.reduce((sum, { minBytes }) => sum + minBytes, 0),
    step: compileProgram(program),
    program,
  };
}

function unionPlan(branches: readonly Plan[]): Plan {
  const minBytes = 1 + Math.min(...branches.map((branch) => branch.minBytes));
  const steps = branches.map((branch) => branch.step);
  const step = (cursor: Cursor) => {
    const index = readLong(cursor);
    const branch = steps[index];
    if (branch === undefined) malformed(cursor, `union branch ${index} of ${steps.length}`);
    else branch(cursor);
  };
  const nullAt = branches.indexOf(primitives['null'] as Plan);
  const other = branches[1 - nullAt];
  if (branches.length !== 2 || nullAt === -1 || other === undefined) return plan(minBytes, step);
  const kind = nullAt === 0 ? instruction.nullFirst : instruction.nullLast;
  return { minBytes, step, program: [{ kind, argument: other.program.length, step }, ...other.program] };
}

function enumPlan(symbols: number): Plan {
  const step = (cursor: Cursor) => {
    const index = readLong(cursor);
    if (index < 0 || index >= symbols) malformed(cursor, `enum symbol ${index} of ${symbols}`);
  };
  return planOfKind({ kind: instruction.enum, argument: symbols, step }, 1);
}

/** Arrays and maps: blocks of items, each with its count, closed by a count of 0. */
function blocksPlan({ step, minBytes }: Plan): Plan {
  return plan(1, (cursor) => {
    // Most arrays are empty.
    if (cursor.bytes[cursor.position] === 0) {
      cursor.position += 1;
      return;
    }
    for (let count = readLong(cursor); count !== 0; count = readLong(cursor)) {
      const end = count < 0 ? blockEnd(cursor) : undefined;
      const items = Math.abs(count);
      if (items * minBytes > cursor.bytes.length - cursor.position) truncated(cursor);
      if (minBytes === 0) countEmptyItems(cursor, items);
      for (let index = 0; index < items; index += 1) step(cursor);
      if (end !== undefined && end !== cursor.position) malformed(cursor, `a block that should end at byte ${end}`);
    }
  });
}

/** A negative count is followed by the block's size in bytes. */
function blockEnd(cursor: Cursor): number {
  const size = readLong(cursor);
  if (size < 0) malformed(cursor, `a block size of ${size}`);
  return cursor.position + size;
}

function checkBoolean(cursor: Cursor): void {
  const byte = cursor.bytes[cursor.position++];
  if (byte === undefined) truncated(cursor);
  else if (byte > 1) malformed(cursor, `a boolean of ${byte}`);
}

function checkInt(cursor: Cursor): void {
  const value = readLong(cursor);
  if (value < -0x8000_0000 || value > 0x7fff_ffff) malformed(cursor, `an int of ${value}`);
}

/** Longs of up to seven bytes are below 2^48; only longer ones can be too large to be exact. */
function checkLong(cursor: Cursor): void {
  const start = cursor.position;
  skipLong(cursor);
  if (cursor.position - start < 8) return;
  const value = zigzagAt(cursor, start);
  if (value >= -maxExactLong && value <= maxExactLong) return;
  throw new AppError('EVENTBUS_CODEC_NUMBER_RANGE', `got ${value} before byte ${cursor.position}`);
}

function skipLong(cursor: Cursor): void {
  const { bytes } = cursor;
  const first = cursor.position;
  let position = first;
  while ((bytes[position++] ?? 0) >= 0x80) if (position - first > 9) malformed(cursor, 'a long of more than 10 bytes');
  cursor.position = position;
  if (position > bytes.length) truncated(cursor);
}

/** Reads a zigzag varint; lengths, counts and indexes are small, so one byte is the usual case. */
function readLong(cursor: Cursor): number {
  const { bytes } = cursor;
  const byte = bytes[cursor.position];
  if (byte === undefined) return truncated(cursor);
  if (byte < 0x80) {
    cursor.position += 1;
    return (byte >> 1) ^ -(byte & 1);
  }
  const start = cursor.position;
  skipLong(cursor);
  return Number(zigzagAt(cursor, start));
}

/** The number that ends at the cursor. */
function zigzagAt({ bytes, position: end }: Cursor, start: number): bigint {
  let value = 0n;
  for (let position = end - 1; position >= start; position -= 1) {
    value = (value << 7n) | BigInt((bytes[position] ?? 0) & 0x7f);
  }
  return (value >> 1n) ^ -(value & 1n);
}

function truncated(cursor: Cursor): never {
  const needed = cursor.position > cursor.bytes.length ? `, needs at least ${cursor.position}` : '';
  throw new AppError('EVENTBUS_CODEC_TRUNCATED', `got ${cursor.bytes.length} bytes${needed}`);
}

function malformed(cursor: Cursor, what: string): never {
  throw new AppError('EVENTBUS_CODEC_MALFORMED', `before byte ${cursor.position} of ${cursor.bytes.length}: ${what}`);
}

function countEmptyItems(cursor: Cursor, items: number): void {
  cursor.emptyItems += items;
  if (cursor.emptyItems <= maxEmptyItems) return;
  const what = `arrays claim ${cursor.emptyItems} empty items, allowed are ${maxEmptyItems}`;
  throw new AppError('EVENTBUS_CODEC_TOO_LARGE', what);
}
