import type { Stage } from 'aws-cdk-lib';
import { acknowledge, inRegulations } from './acknowledge.ts';

/**
 * Findings that hold for every resource of a kind wherever it stands. Whatever concerns one construct is acknowledged
 * in that construct's file instead.
 */
export function acknowledgeForWholeStage(stage: Stage): void {
  acknowledge(
    stage,
    'A role of this app has the rights that the constructs granted to it, in a policy that belongs to it alone and is deleted with it. A managed policy could be attached to someone else, and docs/iam.md lists every statement for review.',
    ...inRegulations('IAMNoInlinePolicy'),
  );
}
