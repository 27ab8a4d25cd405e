import type { RecordedAction } from '../../services/dead-letters/action-trail.ts';
import type { LetterDetails, ShownValue } from '../../services/dead-letters/letter-details.ts';

/** A time for people: UTC, to the second. */
export function shownTime(rfc3339: string): string {
  return `${rfc3339.slice(0, 10)} ${rfc3339.slice(11, 19)}`;
}

/** Text on one line, cut to a width. */
export function shortened(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 letter`, `2 letters`. */
export function letters(value: number): string {
  return `${count(value)} ${value === 1 ? 'letter' : 'letters'}`;
}

/** Everything about a letter. */
export function letterText(letter: LetterDetails): string {
  const { topic, partition, offset, firstFailedAt, lastFailedAt } = letter;
  const lines = [
    `letter     ${letter.letterId}   ${letter.status}   group ${letter.groupId}`,
    `consumer   ${letter.consumer}   handler version ${letter.handlerVersion}`,
    `record     ${topic}, partition ${partition}, offset ${offset}, ${shownTime(letter.recordTime)}, key ${letter.key ?? '–'}`,
    `event      ${letter.eventId ?? '–'}`,
    `failed     ${shownTime(firstFailedAt)} to ${shownTime(lastFailedAt)}, ${letter.attempts} attempts`,
    ...(letter.origin === null ? [] : [`redriven   ${letter.redrives} times, repeats ${letter.origin}`]),
    ...letter.sentTo.map((to) => `sent to    ${to.topic}, ${shownTime(to.at)}, by redrive ${to.redriveId}`),
    `code       ${letter.code}`,
    `message    ${letter.message}`,
    '',
    'headers',
    ...letter.headers.map(({ name, value }) => `  ${name}: ${value}`),
    '',
    ...valueLines(letter.value, letter.subject),
  ];
  if (letter.stack !== null) lines.push('', 'stack', ...letter.stack.split('\n').map((line) => `  ${line}`));
  return [...lines, ...actionLines(letter.actions)].join('\n');
}

function valueLines(value: ShownValue, subject: string | null): readonly string[] {
  switch (value.kind) {
    case 'decoded':
      return [`value, written as ${value.writer ?? subject ?? 'unknown'}`, ...json(value.value)];
    case 'undecodable':
      return [
        `value, not decodable as ${subject ?? 'unknown'}: ${value.problem}`,
        ...(value.json === undefined ? [`  ${value.text ?? ''}`] : json(value.json)),
      ];
    case 'missing':
      return [`value: ${value.problem}`];
    case 'none':
    default:
      return ['value: none'];
  }
}

function json(value: unknown): readonly string[] {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`);
}

/** What was done, latest first; nothing when nothing was. */
export function actionLines(actions: readonly RecordedAction[]): readonly string[] {
  if (actions.length === 0) return [];
  const lines = actions.map(({ at, actor, action, letters: touched, redriveId, detail }) => {
    const reason = detail?.['reason'] ?? detail?.['error'];
    const about = [redriveId === null ? [] : [redriveId], typeof reason === 'string' ? [reason] : []].flat();
    return `  ${shownTime(at)}  ${actor}  ${action}  ${letters(touched ?? 0)}  ${about.join('  ')}`.trimEnd();
  });
  return ['', 'done about it', ...lines];
}
