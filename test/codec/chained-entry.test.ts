import { describe, expect, test } from '@jest/globals';
import type { AuditEvent, ComplianceEvent } from '../../src/catalogue/events.generated.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { makeEntryReader, sealedAudit, sealedCompliance } from '../../src/codec/chained-entry.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { derivedSchemaIds } from '../../src/codec/schema-ids.ts';

const codec = makeCodec();
const read = makeEntryReader();

const entry: Omit<AuditEvent, 'hash' | 'hashAlgorithm'> = {
  auditId: '7f0c1c6e-8f3a-5b0e-9d55-2b7f5a1c6e90',
  chainId: 'command-dispatcher',
  sequence: 1,
  occurredAt: 1_777_622_400_000_000,
  actorId: 'operator:anna',
  actorKind: 'PERSON',
  action: 'vehicle.unlock',
  resourceKind: 'vehicle',
  resourceId: 'van-7',
  outcome: 'SUCCEEDED',
  reason: null,
  sourceAddress: null,
  requestId: null,
  traceparent: null,
  beforeSha256: null,
  afterSha256: null,
  details: { rule: 'allowed' },
  previousHash: '0'.repeat(64),
};

const check: Omit<ComplianceEvent, 'hash'> = {
  checkId: '7f0c1c6e-8f3a-5b0e-9d55-2b7f5a1c6e91',
  entityId: 'van-7',
  entityKind: 'VEHICLE',
  regulation: 'rules',
  requirement: 'FS-1',
  jurisdiction: 'EU',
  status: 'PASSED',
  checkedAt: 1_777_622_400_000,
  validUntil: null,
  assessor: 'test',
  finding: null,
  correctiveAction: null,
  correctBy: null,
  evidenceUri: null,
  evidenceSha256: null,
  chainId: 'van-7',
  sequence: 1,
  previousHash: '0'.repeat(64),
};

describe('a sealed entry', () => {
  test('is read with the hash that its content has', () => {
    const { hash, bytes } = sealedAudit(codec, entry);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(read('AuditEvent', undefined, bytes)).toMatchObject({
      chainId: 'command-dispatcher',
      hash,
      computedHash: hash,
    });
    const sealed = sealedCompliance(codec, check);
    expect(read('ComplianceEvent', undefined, sealed.bytes)).toMatchObject({
      hash: sealed.hash,
      computedHash: sealed.hash,
    });
  });

  test('shows any change: no byte behind the frame can be another without it', () => {
    const { bytes } = sealedAudit(codec, entry);
    let unseen = 0;
    for (let at = 18; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      try {
        const found = read('AuditEvent', undefined, changed);
        if (found === null || found.hash === found.computedHash) unseen += 1;
      } catch {
        // No entry at all any more.
      }
    }
    expect(unseen).toBe(0);
  });

  test('of a version before chains stands in none', () => {
    const before = makeCodec(derivedSchemaIds, { ...schemas, ComplianceEvent: schemas.ComplianceEvent.slice(0, 1) });
    const bytes = before.encode('ComplianceEvent', check as ComplianceEvent);
    expect(read('ComplianceEvent', undefined, bytes)).toBeNull();
  });

  test('that no codec can read is an error with a code', () => {
    expect(() => read('AuditEvent', undefined, Buffer.from([3, 0, 1]))).toThrow(/EVENTBUS|frame|bytes/i);
  });
});
