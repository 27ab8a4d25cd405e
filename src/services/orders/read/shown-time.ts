/** RFC 3339 in UTC of ms since 1970-01-01; null for null, and for a time that no date holds. */
export function shownTime(ms: number | null): string | null {
  if (ms === null) return null;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
