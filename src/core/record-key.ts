import type { Topic } from '../catalogue/model.ts';

/**
 * The key of a record of the topic: the text in the key field, or in the fallback field where that is null.
 * Undefined when the value has neither, which the check of the catalogue rules out for valid values.
 */
export function recordKey(topic: Topic, value: object): string | undefined {
  return textAt(value, topic.key) ?? (topic.keyFallback === undefined ? undefined : textAt(value, topic.keyFallback));
}

function textAt(value: object, field: string): string | undefined {
  const found: unknown = Object.hasOwn(value, field) ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}
