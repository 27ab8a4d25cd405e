import { readFileSync } from 'node:fs';

/** A fault that a drill switches on and off by the text of a file; what the text means is the fault's own affair. */
export function faultFile(importUrl: string): { current(): string } {
  const file = new URL(importUrl).searchParams.get('file') ?? '';
  let text = '';
  let readAtMs = Number.NEGATIVE_INFINITY;
  return {
    current() {
      // The fault may be asked for thousands of times a second.
      const nowMs = performance.now();
      if (nowMs - readAtMs < 20) return text;
      readAtMs = nowMs;
      try {
        text = readFileSync(file, 'utf8');
      } catch {
        text = '';
      }
      return text;
    },
  };
}
