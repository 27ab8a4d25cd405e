import type { Finding, Rule, StackUnderCheck } from '../rule.ts';
import { literals, type TemplateResource } from '../template.ts';
import { allowedRegions, mayHoldData, placed } from './allowed-regions.ts';
import { carrying } from './carried-topics.ts';
import { placeOf, regionsIn } from './place.ts';
import { outletsOf } from './sinks.ts';

const fix =
  'Choose a place inside the area that `residency` of the environment demands (lib/config.ts); nobody can acknowledge this away.';

/** A stack outside the area: London and Zurich are no part of the European Union. */
const stackRegion: Rule = {
  name: 'residency-stack',
  severity: 'fatal',
  fix,
  check: (stack) => {
    if (mayHoldData(stack.config, stack.region)) return [];
    const moved = stack.template.resources.map((resource) => carrying(resource, stack)).find((topics) => topics !== '');
    return [{ message: `the stack is for ${outside(stack.region, stack)}${moved ?? ''}` }];
  },
};

/** Any text that names a region outside the area: replicas, snapshot copies, ARNs, endpoints, calls of custom resources. */
const namedRegion: Rule = {
  name: 'residency-region',
  severity: 'fatal',
  fix,
  check: (stack) =>
    stack.template.resources.flatMap((resource) =>
      literals(resource.properties, 'Properties')
        .filter(({ path }) => !path.endsWith('.Description'))
        .flatMap(({ path, text }) =>
          [...new Set(regionsIn(text))]
            .filter((region) => !mayHoldData(stack.config, region))
            .map((region) =>
              finding(resource, path, `points to ${outside(region, stack)}${carrying(resource, stack)}`),
            ),
        ),
    ),
};

/** A way out whose place cannot be told from the template: a bare bucket name, a foreign URL, a parameter. */
const unknownPlace: Rule = {
  name: 'residency-place',
  severity: 'fatal',
  fix: 'Pass the construct itself, or its output by Fn.getStackOutput with the region, so that the place can be told.',
  check: (stack) =>
    stack.config.residency === undefined
      ? []
      : stack.template.resources.flatMap((resource) =>
          outletsOf(resource)
            .filter(({ value }) => placeOf(value).kind === 'unknown')
            .map(({ path, what }) =>
              finding(resource, path, `nobody can tell in which region this ${what} lies${carrying(resource, stack)}`),
            ),
        ),
};

export const residencyRules: readonly Rule[] = [stackRegion, namedRegion, unknownPlace];

function finding({ id }: TemplateResource, property: string, message: string): Finding {
  return { resource: id, property, message };
}

function outside(region: string, { config }: StackUnderCheck): string {
  return `${placed(region)}, outside ${config.residency ?? ''}: ${allowedRegions(config)}`;
}
