import type { CommandView } from '../../services/fleet/fleet-views.ts';
import { table } from '../terminal/table.ts';

/** A list of commands for people. */
export function commandTable(commands: readonly CommandView[]): string {
  if (commands.length === 0) return 'No commands.\n';
  return `${table(
    ['command', 'kind', 'state', 'since', 'by', 'sent', 'result'],
    commands.map((one) => [
      one.commandId,
      one.command,
      one.state,
      one.stateAt,
      one.issuedBy,
      one.attempts,
      resultOf(one),
    ]),
  )}\n`;
}

/** One command for people. */
export function commandText(one: CommandView): string {
  const lines = [
    `${one.command} to ${one.vehicleId}: ${one.state} since ${one.stateAt}`,
    `  id        ${one.commandId}`,
    `  given by  ${one.issuedBy} at ${one.issuedAt}, valid until ${one.expiresAt ?? 'for ever'}`,
    `  policy    ${one.rule}`,
    `  sent      ${one.attempts === 1 ? 'once' : `${one.attempts} times`}`,
  ];
  const result = resultOf(one);
  return `${[...lines, ...(result === '' ? [] : [`  result    ${result}`])].join('\n')}\n`;
}

function resultOf({ resultCode, resultDetail }: CommandView): string {
  return [resultCode, resultDetail].filter((part) => part !== null).join(': ');
}
