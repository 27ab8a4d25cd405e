import type { ReadPosition } from '../../kafka/reader.ts';

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const isoPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** What `--from` takes, for its help and its errors. */
export const readPositionForms =
  'earliest, latest, an offset, a time such as 2026-05-04T10:00:00Z (UTC when it names no offset), or an age such as 15m or 2h';

/** The position that a text names, or undefined when it is none of {@link readPositionForms}. */
export function readPositionOf(text: string, nowMs: number): ReadPosition | undefined {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d{1,15}$/.test(text)) return { offset: Number(text) };
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return { timestampMs: Math.max(0, nowMs - Number(amount) * (units[unit] ?? 0)) };
  }
  if (!isoPattern.test(text)) return undefined;
  const withZone = text.includes('T') && !/(Z|[+-]\d{2}:\d{2})$/.test(text) ? `${text}Z` : text;
  const timestampMs = Date.parse(withZone);
  return Number.isNaN(timestampMs) ? undefined : { timestampMs };
}
