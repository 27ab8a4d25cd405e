import { createHash } from 'node:crypto';
import { environment } from '../catalogue/environment.ts';
import { AppError } from '../core/errors/app-error.ts';
import { isFields } from '../core/fields.ts';
import { uuidsIn } from './name-based-uuid.ts';

/** One published schema version as ids are made for it. */
export interface SchemaVersion {
  readonly subject: string;
  /** 1, 2, … */
  readonly version: number;
  /** Avro's parsing canonical form: no docs, defaults or logical types. */
  readonly canonicalForm: string;
}

/** Where the ids in registry frames come from. Both must be stable: they are stored with every record. */
export interface SchemaIds {
  /** Schema-version UUID of AWS Glue Schema Registry. */
  readonly glueId: (schema: SchemaVersion) => string;
  /** Schema id of Confluent's registry: 0 to 2,147,483,647. */
  readonly confluentId: (schema: SchemaVersion) => number;
}

const schemaUuids = uuidsIn('5b3d1c1e-7a58-5f0a-8a55-0c2f4d9f3b11');

/** Ids computed from each schema's canonical form: the same on every machine, without a registry. */
export const derivedSchemaIds: SchemaIds = {
  glueId: ({ canonicalForm }) => schemaUuids(canonicalForm),
  confluentId: ({ canonicalForm }) => createHash('sha256').update(canonicalForm).digest().readUInt32BE(0) & 0x7fff_ffff,
};

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Ids with the schema-version UUIDs that were resolved at deploy time: `EVENT_BUS_SCHEMA_IDS` is JSON
 * `{ "<subject>/v<n>": "<uuid>" }`. Versions it does not name keep their derived ids.
 */
export function schemaIdsFromEnvironment(env: Readonly<Record<string, string | undefined>>): SchemaIds {
  const text = env[environment.schemaIds];
  if (text === undefined || text === '') return derivedSchemaIds;
  const resolved = parseResolvedIds(text);
  return {
    glueId: (schema) => resolved.get(`${schema.subject}/v${schema.version}`) ?? derivedSchemaIds.glueId(schema),
    confluentId: derivedSchemaIds.confluentId,
  };
}

function parseResolvedIds(text: string): ReadonlyMap<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new AppError('EVENTBUS_CODEC_SCHEMA_IDS_INVALID', `${environment.schemaIds} is not JSON`, { cause });
  }
  if (!isFields(parsed)) {
    throw new AppError('EVENTBUS_CODEC_SCHEMA_IDS_INVALID', `${environment.schemaIds} is not a JSON object`);
  }
  const ids = new Map<string, string>();
  for (const [name, id] of Object.entries(parsed)) {
    if (!/^\w+\/v[1-9]\d*$/.test(name) || typeof id !== 'string' || !uuidPattern.test(id)) {
      throw new AppError('EVENTBUS_CODEC_SCHEMA_IDS_INVALID', `got "${name}": ${JSON.stringify(id)}`);
    }
    ids.set(name, id.toLowerCase());
  }
  return ids;
}
