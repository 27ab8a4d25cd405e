import { catalogue } from '../src/catalogue/catalogue.ts';
import { capacityPage } from './checks/capacity/capacity-page.ts';
import { costsPage } from './costs/costs-page.ts';
import { deploymentPolicyPage } from './deployment-policy.ts';

/** Pages about the deployed system that follow from the code; `path` is relative to the checkout. */
export function deploymentPages(): readonly { readonly path: string; readonly content: string }[] {
  return [
    { path: 'docs/capacity.md', content: capacityPage(catalogue) },
    { path: 'docs/costs.md', content: costsPage(catalogue) },
    { path: 'docs/deployment-policy.json', content: deploymentPolicyPage() },
  ];
}
