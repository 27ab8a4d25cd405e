import type { CheckContext } from '../../catalogue/check/context.ts';
import { checkCatalogue } from '../../catalogue/check.ts';
import type { Catalogue, Problem } from '../../catalogue/model.ts';
import { checkSchemas } from '../../core/schema-rules/check-schemas.ts';
import { type Check, type Finding, fail, ok } from './finding.ts';

/** The catalogue by its own check, and every version of every subject by its compatibility mode. */
export function catalogueChecks(catalogue: Catalogue, context: CheckContext): readonly Check[] {
  const { topics, routes, consumers } = catalogue;
  const subjects = Object.keys(context.schemas).length;
  const versions = Object.values(context.schemas).reduce((sum, { length }) => sum + length, 0);
  return [
    {
      name: 'catalogue',
      run: async () =>
        findings('catalogue', checkCatalogue(catalogue, context), {
          sound: `${topics.length} topics, ${routes.length} routes, ${consumers.length} consumers`,
        }),
    },
    {
      name: 'schemas',
      run: async () =>
        findings('schemas', checkSchemas(catalogue, context.schemas), {
          sound: `${subjects} subjects, ${versions} versions, all compatible as declared`,
        }),
    },
  ];
}

function findings(
  check: string,
  problems: readonly Problem[],
  { sound }: { readonly sound: string },
): readonly Finding[] {
  if (problems.length === 0) return [ok(check, sound)];
  return problems.map(({ path, message, fix }) => fail(check, `${path}: ${message}`, fix));
}
