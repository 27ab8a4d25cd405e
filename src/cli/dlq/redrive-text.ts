import type { ValueChange } from '../../core/redrive/value-diff.ts';
import type { PreviewedLetter, RedrivePreview } from '../../services/dead-letters/redrive-preview.ts';
import type { RedriveStatus } from '../../services/dead-letters/redrive-store.ts';
import { durationText } from '../duration-text.ts';
import { count, letters, shortened, shownTime } from './letter-text.ts';

/** A redrive and how far it is, in a few lines. */
export function redriveLine(redrive: RedriveStatus): string {
  const { redriveId, state, alive, sent, total, skipped } = redrive;
  const stalled = state === 'running' && !alive;
  const target = redrive.targetTopic ?? 'their own topics, for the consumers that failed';
  const lines = [
    `redrive    ${redriveId}   ${stalled ? 'interrupted' : state}   ${count(sent)} of ${letters(total)} sent, ${count(skipped)} left out`,
    `asked for  ${shownTime(redrive.requestedAt)} by ${redrive.requestedBy}${redrive.reason === null ? '' : `: ${redrive.reason}`}`,
    `to         ${target}, ${redrive.perSecond} a second, order of keys ${redrive.keyOrder}`,
    ...(redrive.migration === null ? [] : [`changed by ${redrive.migration}`]),
    ...(redrive.error === null ? [] : [`error      ${redrive.error}`]),
  ];
  if (stalled || state === 'paused' || state === 'planned') {
    lines.push(
      `"event-bus dlq resume ${redriveId}" goes on, "event-bus dlq cancel ${redriveId}" gives the letters back`,
    );
  }
  return lines.join('\n');
}

/** What a redrive would do, with its sample. */
export function previewText(preview: RedrivePreview): string {
  const { selected, toSend, destinations, perSecond, estimatedSeconds } = preview;
  const lines = [
    `${letters(selected)} selected, ${count(toSend)} to send, ${durationText(Math.max(1, estimatedSeconds) * 1000)} at ${perSecond} a second`,
    ...destinations.map(({ topic, consumer, letters: sent }) => {
      return `  ${letters(sent)} to ${topic}${consumer === null ? '' : `, for ${consumer} only`}`;
    }),
    ...Object.entries(preview.reordered).map(([reason, number]) => `  ${count(number)} out of order: ${reason}`),
    ...Object.entries(preview.refused).map(([reason, number]) => `  ${count(number)} refused: ${reason}`),
    ...preview.refusedExamples.slice(0, 5).map(({ letterId, detail }) => `    ${letterId}  ${shortened(detail, 160)}`),
    ...preview.sample.flatMap((letter) => ['', ...sampleLines(letter)]),
  ];
  return lines.join('\n');
}

function sampleLines({
  letterId,
  topic,
  partition,
  offset,
  key,
  changes,
  refused,
}: PreviewedLetter): readonly string[] {
  const head = `${letterId}  ${topic} ${partition}:${offset}  key ${key ?? '–'}`;
  if (refused !== null) return [head, `  refused: ${refused.reason}: ${shortened(refused.detail, 160)}`];
  return [head, ...(changes.length === 0 ? ['  sent as it is'] : changes.map(changeLine))];
}

function changeLine({ path, kind, before, after }: ValueChange): string {
  const name = path === '' ? 'value' : path;
  if (kind === 'added') return `  + ${name}: ${shown(after)}`;
  if (kind === 'removed') return `  - ${name}: ${shown(before)}`;
  return `  ~ ${name}: ${shown(before)} → ${shown(after)}`;
}

function shown(value: unknown): string {
  return shortened(JSON.stringify(value) ?? 'absent', 120);
}
