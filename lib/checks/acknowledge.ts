import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Rule packs as they stand in front of a rule's name. */
export const packs = {
  solutions: 'AwsSolutions',
  nist: 'NIST.800.53.R5',
  hipaa: 'HIPAA.Security',
  pci: 'PCI.DSS.321',
  serverless: 'Serverless',
} as const;

const regulations = [packs.nist, packs.hipaa, packs.pci] as const;

/**
 * Says why findings are accepted, in place: on the construct itself and everything inside it. The reason is for a
 * security reviewer: what protects instead, or why there is nothing to protect.
 */
export function acknowledge(scope: IConstruct, reason: string, ...rules: readonly string[]): void {
  Validations.of(scope).acknowledge(...rules.map((id) => ({ id, reason })));
}

/** Ids of one rule in every pack of regulations that has it: NIST, HIPAA and PCI share most rules by name. */
export function inRegulations(rule: string): readonly string[] {
  return regulations.map((pack) => `${pack}-${rule}`);
}
