import { yearMs } from '../duration.ts';
import type { Topic } from '../model.ts';

/** Safety topics of the fleet: few records, kept for 7 years. */
export const safetyTopics = [
  {
    name: 'safety.emergency.v1',
    domain: 'fleet',
    subject: 'EmergencyEvent',
    partitions: 5,
    retentionMs: 7 * yearMs,
    key: 'vehicleId',
    partitioning:
      'The steps of an emergency, and the emergencies of one vehicle, must stay in order. Rare; 5 partitions let 5 responders read side by side.',
    eventTypes: ['emergency.raised', 'emergency.acknowledged', 'emergency.responding', 'emergency.resolved'],
    classification: 'personal',
    compatibility: 'full-transitive',
    cleanup: 'delete',
    compression: 'none',
    replication: 'in-residency',
    archive: true,
    owner: 'safety',
    description:
      'Crashes, fires, panic signals and other emergencies, and how they were handled. Kept for 7 years: the cluster keeps what it can afford, the lake keeps the rest under object lock.',
  },
  {
    name: 'safety.fallback.v1',
    domain: 'fleet',
    subject: 'FallbackEvent',
    partitions: 5,
    retentionMs: 7 * yearMs,
    key: 'vehicleId',
    partitioning: 'Leaving a fallback mode must follow entering it. Rare.',
    eventTypes: ['fallback.entered', 'fallback.exited'],
    classification: 'internal',
    compatibility: 'full-transitive',
    cleanup: 'delete',
    compression: 'none',
    replication: 'in-residency',
    archive: true,
    owner: 'safety',
    description:
      'When autonomous driving fell back to a safe mode, why, and for how long. Kept for 7 years: the cluster keeps what it can afford, the lake keeps the rest under object lock.',
  },
  {
    name: 'safety.compliance.v1',
    domain: 'fleet',
    subject: 'ComplianceEvent',
    partitions: 5,
    retentionMs: 7 * yearMs,
    key: 'entityId',
    partitioning: 'A newer result for the same thing must follow the older one. Rare.',
    eventTypes: ['compliance.checked'],
    classification: 'confidential',
    compatibility: 'full-transitive',
    cleanup: 'delete',
    compression: 'none',
    replication: 'in-residency',
    archive: true,
    owner: 'safety',
    description:
      'Results of checks against laws and standards, with evidence. Kept for 7 years: the cluster keeps what it can afford, the lake keeps the rest under object lock.',
  },
  {
    name: 'safety.audit.v1',
    domain: 'fleet',
    subject: 'AuditEvent',
    partitions: 5,
    retentionMs: 7 * yearMs,
    key: 'chainId',
    partitioning:
      'Each entry carries the hash of the one before it, so a chain must stay in order; one chain a writing service.',
    eventTypes: ['audit.recorded'],
    classification: 'personal',
    compatibility: 'full-transitive',
    cleanup: 'delete',
    compression: 'none',
    replication: 'in-residency',
    archive: true,
    owner: 'security',
    description:
      'Who did what to which thing, as hash chains that show any later change. Kept for 7 years: the cluster keeps what it can afford, the lake keeps the rest under object lock.',
  },
] as const satisfies readonly Topic[];
