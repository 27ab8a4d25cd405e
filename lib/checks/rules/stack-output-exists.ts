import type { Finding, Rule } from '../rule.ts';
import { at, record, text } from '../template.ts';

/**
 * A value of another stack is asked for by the names of stack and output. Nothing compares them before the deployment,
 * neither CDK for names that are written by hand nor CloudFormation before the resource's turn comes.
 */
export const stackOutputExists: Rule = {
  name: 'stack-output-exists',
  fix: 'Share the value with sharedValue of lib/constructs/shared-value.ts, and read it under the name given there.',
  check: ({ template: { resources }, outputs }) =>
    resources.flatMap(({ id, properties }) =>
      asked(properties, 'Properties').flatMap(({ stack, output, path }): readonly Finding[] => {
        const known = outputs.get(stack);
        if (known?.has(output) === true) return [];
        const missing =
          known === undefined ? `there is no stack ${stack}` : `the stack ${stack} has no output ${output}`;
        return [{ resource: id, property: path, message: missing }];
      }),
    ),
};

interface Asked {
  readonly stack: string;
  readonly output: string;
  readonly path: string;
}

function asked(value: unknown, path: string): readonly Asked[] {
  if (typeof value !== 'object' || value === null) return [];
  const reference = record(at(value, 'Fn::GetStackOutput'));
  const stack = text(reference['StackName']);
  const output = text(reference['OutputName']);
  if (stack !== undefined && output !== undefined) return [{ stack, output, path }];
  return Object.entries(value).flatMap(([key, inner]) => asked(inner, `${path}.${key}`));
}
