/** Whether some MQTT topic matches both filters; `+` stands for one level, a last `#` for all further ones. */
export function filtersOverlap(left: string, right: string): boolean {
  return levelsOverlap(left.split('/'), right.split('/'));
}

function levelsOverlap(left: readonly string[], right: readonly string[]): boolean {
  const [first, ...restLeft] = left;
  const [second, ...restRight] = right;
  if (first === '#' || second === '#') return true;
  // "sport/#" also matches "sport" itself, so a "#" may stand for no level at all.
  if (first === undefined || second === undefined) return first === second;
  if (first !== second && first !== '+' && second !== '+') return false;
  return levelsOverlap(restLeft, restRight);
}
