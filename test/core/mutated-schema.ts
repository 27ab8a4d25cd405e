import {
  type AvroEnumSchema,
  type AvroField,
  type AvroRecordSchema,
  type AvroSchema,
  isUnion,
} from '../../src/catalogue/avro-schema.ts';

/** Hands out the numbers again and again; each one decides about one place of a schema. */
type Decide = (choices: number) => number;

/** The schema after random changes: every place of it is kept or changed as the decisions say. */
export function mutated(schema: AvroRecordSchema, decisions: readonly number[]): AvroRecordSchema {
  let next = 0;
  const decide: Decide = (choices) => {
    const decision = decisions[next % decisions.length] ?? 0;
    next += 1;
    return decision % choices;
  };
  return changedRecord(schema, decide);
}

const plain = ['boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'] as const;

function changed(type: AvroSchema, decide: Decide): AvroSchema {
  if (isUnion(type)) return changedUnion(type, decide);
  // One in nine places becomes optional, one in nine becomes a plain type.
  const decision = decide(9);
  if (decision === 1) return ['null', type];
  if (decision === 2) return plain[decide(plain.length)] ?? 'int';
  if (typeof type === 'string') return type;
  if (type.type === 'array') return { ...type, items: changed(type.items, decide) };
  if (type.type === 'map') return { ...type, values: changed(type.values, decide) };
  if (type.type === 'enum') return changedEnum(type, decide);
  if (type.type === 'record') return changedRecord(type, decide);
  return type.type === 'fixed' && decide(4) === 1 ? { ...type, size: type.size + 1 } : type;
}

function changedUnion(type: readonly AvroSchema[], decide: Decide): AvroSchema {
  const [first = 'null', second = 'int'] = type;
  switch (decide(6)) {
    case 1:
      return second;
    case 2:
      return [second, first];
    case 3:
      return second === 'string' ? type : [...type, 'string'];
    default:
      return [first, isUnion(second) ? second : keptBranch(second, decide)];
  }
}

/** A branch may change inside, but not become a union or null within the union. */
function keptBranch(branch: AvroSchema, decide: Decide): AvroSchema {
  const next = changed(branch, decide);
  return isUnion(next) ? branch : next;
}

function changedEnum(type: AvroEnumSchema, decide: Decide): AvroEnumSchema {
  const { default: _, ...bare } = type;
  const [first = 'X', ...rest] = type.symbols;
  switch (decide(5)) {
    case 1:
      return { ...type, symbols: [...type.symbols, 'NEW'] };
    case 2:
      return rest.length === 0 ? type : { ...bare, symbols: rest };
    case 3:
      return { ...type, default: first };
    default:
      return type;
  }
}

function changedRecord(type: AvroRecordSchema, decide: Decide): AvroRecordSchema {
  const fields = type.fields.flatMap((field) => changedField(field, decide));
  const added = decide(4);
  if (added === 1) fields.push({ name: 'added', type: 'int' });
  if (added === 2) fields.push({ name: 'added', type: 'int', default: 0 });
  const renamed = decide(12);
  if (renamed === 1) return { ...type, name: `${type.name}New`, fields };
  if (renamed === 2) return { ...type, name: `${type.name}New`, aliases: [type.name], fields };
  return { ...type, fields };
}

function changedField(field: AvroField, decide: Decide): readonly AvroField[] {
  switch (decide(12)) {
    case 1:
      return [];
    case 2:
      return [{ ...field, name: `${field.name}New` }];
    case 3:
      return [{ ...field, name: `${field.name}New`, aliases: [field.name] }];
    case 4:
      return [{ ...field, aliases: ['a', 'b'].filter((alias) => alias !== field.name) }];
    default:
      break;
  }
  const type = changed(field.type, decide);
  // A default must fit the first branch, so it does not survive a change of type.
  const { default: _, ...bare } = field;
  return [type === field.type ? field : { ...bare, type }];
}
