import type { Rule } from '../rule.ts';

/** CloudFormation's quotas for one template. */
export const templateLimits = { resources: 500, bytes: 1_000_000 } as const;

/** A template above CloudFormation's quotas is refused only when it is deployed. */
export const templateSize: Rule = {
  name: 'template-size',
  fix: 'Move a part of the stack into a stack of its own.',
  check({ template }) {
    const findings = [];
    const { length } = template.resources;
    if (length > templateLimits.resources) {
      findings.push({ message: `${length} resources, a template may have ${templateLimits.resources}` });
    }
    if (template.bytes > templateLimits.bytes) {
      findings.push({ message: `${template.bytes} bytes, a template may have ${templateLimits.bytes}` });
    }
    return findings;
  },
};
