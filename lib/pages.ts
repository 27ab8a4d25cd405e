import { catalogue } from '../src/catalogue/catalogue.ts';
import { capacityPage } from './checks/capacity/capacity-page.ts';
import { iamPage } from './checks/iam/iam-page.ts';
import { environments } from './config.ts';
import { costsPage } from './costs/costs-page.ts';
import { deploymentPolicyPage } from './deployment-policy.ts';
import { templatesOf } from './templates-of.ts';

/** Pages about the deployed system that follow from the code; `path` is relative to the checkout. */
export function deploymentPages(): readonly { readonly path: string; readonly content: string }[] {
  return [
    { path: 'docs/capacity.md', content: capacityPage(catalogue) },
    { path: 'docs/costs.md', content: costsPage(catalogue) },
    { path: 'docs/iam.md', content: rightsPage() },
    { path: 'docs/deployment-policy.json', content: deploymentPolicyPage() },
  ];
}

/** The environment with two regions has every role that any environment has. */
function rightsPage(): string {
  const config = environments['prod-eu'];
  const topics = catalogue.topics.map(({ name }) => name);
  return iamPage({ environment: config.name, templates: templatesOf(config), topics });
}
