import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import type { Catalogue, Problem } from '../../catalogue/model.ts';
import { checkCompatibility } from '../compatibility.ts';
import { styleProblems } from './style.ts';

type Versions = readonly AvroRecordSchema[];

/**
 * Everything that is wrong with the published schemas: versions that break the compatibility mode of a topic with their
 * subject, and schemas off the house rules (a doc on every field, a default on enums and options, money in minor units).
 */
export function checkSchemas(
  catalogue: Pick<Catalogue, 'topics'>,
  schemas: Readonly<Record<string, Versions>>,
): readonly Problem[] {
  return Object.entries(schemas).flatMap(([subject, versions]) => [
    ...versions.flatMap((schema, index) => styleProblems(schema, `schemas/${subject}/v${index + 1}`)),
    ...compatibilityProblems(catalogue, subject, versions),
  ]);
}

function compatibilityProblems(
  { topics }: Pick<Catalogue, 'topics'>,
  subject: string,
  versions: Versions,
): readonly Problem[] {
  const modes = new Set(topics.filter((topic) => topic.subject === subject).map(({ compatibility }) => compatibility));
  return [...modes].flatMap((mode) =>
    checkCompatibility(mode, versions).map(({ reader, writer, path, reason }) => ({
      path: `schemas/${subject}/v${Math.max(reader, writer)}: ${path}`,
      message: `v${reader} cannot read v${writer} although the topic is ${mode}: ${reason}`,
      fix: 'Change the newer version while it is unpublished, or declare a new topic version for a breaking change.',
    })),
  );
}
