import { createHash } from 'node:crypto';
import type { Events } from '../catalogue/events.generated.ts';
import { schemas } from '../catalogue/schemas.generated.ts';
import type { ChainPlace } from '../core/audit-chain/chain.ts';
import { AppError } from '../core/errors/app-error.ts';
import { type Codec, makeCodec } from './codec.ts';
import { glueHeaderBytes } from './frame.ts';
import { derivedSchemaIds, type SchemaIds } from './schema-ids.ts';

/** Subjects whose entries stand in hash chains. */
export type ChainedSubject = 'AuditEvent' | 'ComplianceEvent';

/** Topics whose records stand in hash chains, and their subjects. */
export const chainedTopics = {
  'safety.audit.v1': 'AuditEvent',
  'safety.compliance.v1': 'ComplianceEvent',
} as const satisfies Readonly<Record<string, ChainedSubject>>;

export type ChainedTopic = keyof typeof chainedTopics;

/** An entry whose place in its chain is settled, and its bytes. */
export interface SealedEntry {
  readonly hash: string;
  /** Framed Avro. */
  readonly bytes: Buffer;
}

/** Seals an entry of `safety.audit.v1`: its hash is over its Avro encoding with an empty hash. */
export function sealedAudit(codec: Codec, entry: Omit<Events['AuditEvent'], 'hash' | 'hashAlgorithm'>): SealedEntry {
  const open: Events['AuditEvent'] = { ...entry, hashAlgorithm: 'SHA_256', hash: '' };
  const hash = hashOf(codec.encode('AuditEvent', open));
  return { hash, bytes: codec.encode('AuditEvent', { ...open, hash }) };
}

/** Seals an entry of `safety.compliance.v1`: its hash is over its Avro encoding without a hash. */
export function sealedCompliance(codec: Codec, entry: Omit<Events['ComplianceEvent'], 'hash'>): SealedEntry {
  const open: Events['ComplianceEvent'] = { ...entry, hash: null };
  const hash = hashOf(codec.encode('ComplianceEvent', open));
  return { hash, bytes: codec.encode('ComplianceEvent', { ...open, hash }) };
}

/** What a verifier needs of an entry. */
export interface ReadEntry extends ChainPlace {
  readonly chainId: string;
  readonly hash: string;
  /** Hash computed over the entry as it was read. */
  readonly computedHash: string;
}

/** Reads an entry; null for one that stands in no chain. */
export type EntryReader = (subject: ChainedSubject, contentType: string | undefined, bytes: Buffer) => ReadEntry | null;

/**
 * Makes a reader that computes hashes over the version an entry was written with, whatever versions came after it.
 * Every failure to decode is a coded `AppError`.
 */
export function makeEntryReader(ids: SchemaIds = derivedSchemaIds): EntryReader {
  const newest = makeCodec(ids);
  const older = new Map<string, Codec>();
  const codecOf = (subject: ChainedSubject, version: number): Codec => {
    if (version === schemas[subject].length) return newest;
    const name = `${subject}/v${version}`;
    const known = older.get(name);
    if (known !== undefined) return known;
    const made = makeCodec(ids, { ...schemas, [subject]: schemas[subject].slice(0, version) });
    older.set(name, made);
    return made;
  };
  return (subject, contentType, bytes) => {
    const { writer } = newest.decodeRecord(subject, contentType, bytes);
    const codec = codecOf(subject, writer.version);
    const { value } = codec.decodeRecord(subject, contentType, bytes);
    return subject === 'AuditEvent'
      ? readAudit(codec, value as Events['AuditEvent'])
      : readCompliance(codec, value as Events['ComplianceEvent']);
  };
}

function readAudit(codec: Codec, entry: Events['AuditEvent']): ReadEntry {
  const { chainId, sequence, previousHash, hash, hashAlgorithm } = entry;
  if (hashAlgorithm !== 'SHA_256') {
    throw new AppError('EVENTBUS_AUDIT_ENTRY_UNREADABLE', `hash algorithm ${hashAlgorithm}; known is SHA_256`);
  }
  const computedHash = hashOf(codec.encode('AuditEvent', { ...entry, hash: '' }));
  return { chainId, sequence, previousHash, hash, computedHash };
}

/** Entries of the first version have no chain, and the fields are absent in it. */
function readCompliance(codec: Codec, entry: Events['ComplianceEvent']): ReadEntry | null {
  const { chainId, sequence, previousHash, hash } = entry;
  if (typeof chainId !== 'string' || sequence === null || previousHash === null || hash === null) return null;
  const computedHash = hashOf(codec.encode('ComplianceEvent', { ...entry, hash: null }));
  return { chainId, sequence, previousHash, hash, computedHash };
}

function hashOf(framed: Buffer): string {
  return createHash('sha256').update(framed.subarray(glueHeaderBytes)).digest('hex');
}
