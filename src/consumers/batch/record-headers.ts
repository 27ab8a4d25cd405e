import type { MskHeader } from './msk-event.ts';

/** Most recent text of a header: records of one topic repeat source, type and content type again and again. */
interface Recent {
  readonly bytes: readonly number[];
  readonly text: string;
}

/**
 * Reads header values as UTF-8 text. One reader serves many records one after the other; equal bytes under the same
 * name as in the record before are not decoded again.
 */
export class HeaderReader {
  readonly #recent = new Map<string, Recent>();
  readonly #current = new Map<string, readonly number[]>();

  /** Points the reader at the headers of one record; the first of two equal names wins. */
  load(list: readonly MskHeader[] | undefined): void {
    this.#current.clear();
    if (list === undefined || list === null) return;
    for (let index = list.length - 1; index >= 0; index -= 1) {
      const header = list[index] as MskHeader;
      for (const name in header) this.#current.set(name, header[name] as readonly number[]);
    }
  }

  /** Text of a header of the loaded record. */
  readonly get = (name: string): string | undefined => {
    const bytes = this.#current.get(name);
    if (bytes === undefined || bytes === null) return undefined;
    const recent = this.#recent.get(name);
    if (recent !== undefined && equalBytes(recent.bytes, bytes)) return recent.text;
    const text = Buffer.from(bytes).toString();
    this.#recent.set(name, { bytes, text });
    return text;
  };
}

/** Header bytes of a record, base64; `Buffer.from` takes signed and unsigned numbers alike. */
export function headersAsBase64(list: readonly MskHeader[] | undefined): { name: string; value: string }[] {
  const found: { name: string; value: string }[] = [];
  for (const header of list ?? []) {
    for (const [name, bytes] of Object.entries(header)) {
      found.push({ name, value: Buffer.from(bytes ?? []).toString('base64') });
    }
  }
  return found;
}

function equalBytes(left: readonly number[], right: readonly number[]): boolean {
  if (left.length !== right.length) return false;
  // Ids differ at their ends more often than at their beginnings.
  for (let index = left.length - 1; index >= 0; index -= 1) if (left[index] !== right[index]) return false;
  return true;
}
