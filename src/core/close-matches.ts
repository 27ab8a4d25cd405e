const maxMatches = 3;

/** Candidates that somebody who typed `word` may have meant, the closest first; at most three. */
export function closeMatches(word: string, candidates: readonly string[]): readonly string[] {
  const wanted = word.toLowerCase();
  return candidates
    .map((candidate) => ({ candidate, distance: closeness(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= 1)
    .sort((left, right) => left.distance - right.distance)
    .slice(0, maxMatches)
    .map(({ candidate }) => candidate);
}

/** `(did you mean a or b?)` with a space before it, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const matches = closeMatches(word, candidates);
  return matches.length === 0 ? '' : ` (did you mean ${matches.map((match) => `"${match}"`).join(' or ')}?)`;
}

/** 0 for equal; up to 1 for what is worth naming: few edits for the length, or one inside the other. */
function closeness(wanted: string, candidate: string): number {
  const allowed = Math.max(2, Math.floor(wanted.length / 3));
  const edits = editDistance(wanted, candidate) / allowed;
  const inside = wanted.length >= 3 && (candidate.includes(wanted) || wanted.includes(candidate));
  const sameBeginning = sharedBeginning(wanted, candidate) >= Math.max(3, wanted.length * 0.7);
  return inside || sameBeginning ? Math.min(edits, 0.9) : edits;
}

function sharedBeginning(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length += 1;
  return length;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const edits = [(last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1)];
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) edits.push((beforeLast[column - 2] ?? 0) + 1);
      current.push(Math.min(...edits));
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
