/** What stands in a row where a device sent a character that PostgreSQL cannot hold. */
const replacement = '\uFFFD';

/** The text as a `text` column holds it, for what must be stored whatever a device wrote: without U+0000 and without halves of surrogate pairs. */
export function storableText(text: string): string {
  const held = text.includes('\0') ? text.replaceAll('\0', replacement) : text;
  return held.isWellFormed() ? held : held.toWellFormed();
}

/** Escapes that JSON allows and `jsonb` refuses; a backslash before them makes a rare false alarm, which does no harm. */
const suspicious = /\\u(?:0000|d[89a-f])/;

/** JSON of the value as a `jsonb` column can hold it. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!suspicious.test(json)) return json;
  return JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'string' ? storableText(inner) : inner));
}
