/** The part of Avro's schema language that the bus's schemas use, as TypeScript types over their JSON. */

export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

/** A name of an earlier named type, a primitive's name, a union, or a schema object. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | AvroPrimitiveSchema
  | AvroRecordSchema
  | AvroEnumSchema
  | AvroFixedSchema
  | AvroArraySchema
  | AvroMapSchema;

export interface AvroPrimitiveSchema {
  readonly type: AvroPrimitive;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}

interface AvroNamed {
  readonly name: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly doc?: string;
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly doc?: string;
  readonly default?: unknown;
  readonly aliases?: readonly string[];
}

export interface AvroRecordSchema extends AvroNamed {
  readonly type: 'record';
  readonly fields: readonly AvroField[];
}

export interface AvroEnumSchema extends AvroNamed {
  readonly type: 'enum';
  readonly symbols: readonly string[];
  /** Symbol a reader takes for one it does not know. */
  readonly default?: string;
}

export interface AvroFixedSchema extends AvroNamed {
  readonly type: 'fixed';
  readonly size: number;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}

export interface AvroArraySchema {
  readonly type: 'array';
  readonly items: AvroSchema;
}

export interface AvroMapSchema {
  readonly type: 'map';
  readonly values: AvroSchema;
}

/** True for a union; `Array.isArray` alone does not tell the compiler so for a readonly array. */
export function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}
