import type { Finding, Rule } from '../rule.ts';
import type { TemplateResource } from '../template.ts';

/** Functions that may hold a value of another stack; it may also be a property by itself. */
const allowed = new Set(['Fn::Join', 'Fn::Select', 'Fn::If']);

/**
 * CloudFormation answers `InternalFailure` to a value of another stack inside of `Fn::Split`, `Fn::Sub`, `Fn::Base64`
 * and other functions, and where it is an output's value by itself. CDK writes such templates without a word.
 */
export const stackOutputPlace: Rule = {
  name: 'stack-output-place',
  fix: 'Compute the value where it is made and share the result with sharedValue of lib/constructs/shared-value.ts.',
  check: ({ template: { resources, outputs } }) => [
    ...resources.flatMap(problemsOf),
    ...Object.entries(outputs).flatMap(([name, output]) =>
      isDirect(output)
        ? [{ message: `the output ${name} is a value of another stack, it must be one of this stack` }]
        : [],
    ),
  ],
};

function problemsOf({ id, properties }: TemplateResource): readonly Finding[] {
  return placesIn(properties, ['Properties']).flatMap((path) => {
    const wrong = path.find((key) => key.startsWith('Fn::') && !allowed.has(key));
    if (wrong === undefined) return [];
    return [{ resource: id, property: path.join('.'), message: `a value of another stack stands in ${wrong}` }];
  });
}

/** Paths of all values of other stacks. */
function placesIn(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (reference in value) return [path];
  return Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]));
}

function isDirect(output: unknown): boolean {
  return placesIn(output, []).some((path) => path.join() === 'Value');
}

const reference = 'Fn::GetStackOutput';
