import type { CheckContext } from '../catalogue/check/context.ts';
import { checkCatalogue } from '../catalogue/check.ts';
import type { Catalogue, Problem } from '../catalogue/model.ts';
import { AppError } from './errors/app-error.ts';
import { checkSchemas } from './schema-rules/check-schemas.ts';

/** Everything that is wrong with a catalogue and its schemas; empty when both can be used. */
export function catalogueProblems(catalogue: Catalogue, context: CheckContext): readonly Problem[] {
  return [...checkCatalogue(catalogue, context), ...checkSchemas(catalogue, context.schemas)];
}

/**
 * Refuses a catalogue with problems.
 * @throws AppError EVENTBUS_CATALOGUE_INVALID that lists every problem with its path and fix
 */
export function requireSoundCatalogue(catalogue: Catalogue, context: CheckContext): void {
  const problems = catalogueProblems(catalogue, context);
  if (problems.length === 0) return;
  const lines = problems.map(({ path, message, fix }) => `\n  ${path}: ${message}. ${fix}`);
  throw new AppError('EVENTBUS_CATALOGUE_INVALID', `${problems.length} in all${lines.join('')}\n`, {
    details: { problems },
  });
}
