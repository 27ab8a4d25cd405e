import { deviceTarget } from '../device-target.ts';
import { exitCodes } from '../exit-codes.ts';
import { watchInterruption } from '../terminal/interruption.ts';
import { makeProgress } from '../terminal/progress.ts';
import type { SimulateFlags } from './command.ts';
import { type SimulationSummary, simulate } from './simulate.ts';

/** Runs the verb; answers the exit code. */
export async function runSimulate(flags: SimulateFlags): Promise<number> {
  const interruption = watchInterruption();
  const { rate, vehicles, scooters, turbines, batch, seed, via, seconds } = flags;
  const total = seconds === undefined ? {} : { total: Math.round(seconds * rate) };
  const progress = makeProgress({
    label: 'acknowledged readings',
    ...total,
    stream: process.stderr,
    now: () => performance.now(),
  });
  try {
    const summary = await simulate({
      rate,
      vehicles,
      scooters,
      turbines,
      batch,
      seed,
      via,
      ...deviceTarget(via, flags),
      signal: interruption.signal,
      ...(seconds === undefined ? {} : { durationSeconds: seconds }),
      ...(flags.window === undefined ? {} : { window: flags.window }),
      onProgress: ({ acknowledged }) => progress.update(acknowledged),
    });
    progress.end();
    process.stdout.write(flags.json === true ? `${JSON.stringify(summary)}\n` : summaryText(summary));
    if (summary.refused > 0) return exitCodes.finding;
    if (interruption.signal.aborted) return exitCodes.interrupted;
    return unanswered(summary) > 0 ? exitCodes.finding : exitCodes.ok;
  } finally {
    interruption.end();
  }
}

/** Readings that the bus has neither acknowledged nor refused: it was not there, or was too slow. */
const unanswered = ({ readings, acknowledged, refused }: SimulationSummary) => readings - acknowledged - refused;

const number = (value: number) => Math.round(value).toLocaleString('en-US');

function summaryText(summary: SimulationSummary): string {
  const lines = [
    `${number(summary.devices)} devices over ${summary.via}, seed ${summary.seed}`,
    `  readings sent   ${number(summary.readings)}`,
    `  acknowledged    ${number(summary.acknowledged)} (${number(summary.achievedRate)}/s)`,
  ];
  if (unanswered(summary) > 0) lines.push(`  without answer  ${number(unanswered(summary))}; nobody knows their fate`);
  if (summary.resent > 0) {
    lines.push(`  sent again      ${number(summary.resent)} messages after ${number(summary.reconnects)} reconnects`);
  }
  if (summary.refused > 0)
    lines.push(`  refused         ${number(summary.refused)}`, ...summary.refusals.map((why) => `    ${why}`));
  if (summary.behindSeconds >= 1) {
    lines.push(`  the bus took less than was due: ${number(summary.behindSeconds)} s of readings were left out`);
  }
  return `${lines.join('\n')}\n`;
}
