import { AppError } from '../../core/errors/app-error.ts';
import type { DeadLetterDesk } from '../../services/dead-letters/dead-letter-desk.ts';
import type { RedriveRequest } from '../../services/dead-letters/redrive-request.ts';
import { exitCodes } from '../exit-codes.ts';
import { watchInterruption } from '../terminal/interruption.ts';
import { longWork } from '../terminal/long-work.ts';
import { makeProgress } from '../terminal/progress.ts';
import { actor, withDesk } from './open-desk.ts';
import { type RedriveFlags, requestOf } from './redrive-flags.ts';
import { previewText, redriveLine } from './redrive-text.ts';

/** Plans and sends, or only tells what would be sent; returns the exit code. */
export async function runRedriveVerb(ids: readonly string[], flags: RedriveFlags): Promise<number> {
  const request = await requestOf(ids, flags);
  return withDesk(flags, async (desk) => {
    if (flags.dryRun) return dryRun(desk, request, flags);
    const planned = await plan(desk, request);
    if (planned === undefined) return exitCodes.finding;
    if (!flags.json) process.stderr.write(`${previewText(planned.preview)}\n\n`);
    return sendRedrive(desk, planned.redriveId, flags);
  });
}

async function dryRun(desk: DeadLetterDesk, request: RedriveRequest, flags: RedriveFlags): Promise<number> {
  const preview = await looking((onLetters) => desk.preview(request, { sample: flags.sample, onLetters }));
  process.stdout.write(flags.json ? `${JSON.stringify(preview)}\n` : `${previewText(preview)}\n\nnothing was sent\n`);
  return Object.keys(preview.refused).length === 0 ? exitCodes.ok : exitCodes.finding;
}

/** Undefined when letters are refused, which is told on standard error. */
async function plan(desk: DeadLetterDesk, request: RedriveRequest) {
  try {
    return await looking((onLetters) => desk.plan(request, { sample: 0, onLetters }));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'EVENTBUS_DLQ_REDRIVE_REFUSED') throw error;
    const { code, message, details } = error;
    const json = process.argv.includes('--json');
    process.stderr.write(json ? `${JSON.stringify({ error: { code, message, details } })}\n` : `${code}: ${message}\n`);
    return undefined;
  }
}

async function looking<T>(work: (onLetters: (letters: number) => void) => Promise<T>): Promise<T> {
  const progress = longWork('looking at letters');
  try {
    return await work((letters) => progress.update(letters));
  } finally {
    progress.end();
  }
}

/** Sends what is left of a redrive; Ctrl-C pauses it. */
export async function sendRedrive(
  desk: DeadLetterDesk,
  redriveId: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const interruption = watchInterruption();
  const { total } = await desk.redrive(redriveId);
  const progress = makeProgress({ label: 'sending', total, stream: process.stderr, now: Date.now });
  try {
    const onSent = (sent: number) => progress.update(sent);
    const status = await desk.run({ redriveId, actor: actor(), signal: interruption.signal, onSent });
    if (process.stderr.isTTY) progress.end();
    process.stdout.write(json ? `${JSON.stringify(status)}\n` : `${redriveLine(status)}\n`);
    return status.state === 'done' ? exitCodes.ok : exitCodes.interrupted;
  } finally {
    interruption.end();
  }
}
