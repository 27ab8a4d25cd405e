import { AppError } from '../../core/errors/app-error.ts';
import { patchTransform } from '../../services/dead-letters/patch-transform.ts';
import type { RedriveRequest } from '../../services/dead-letters/redrive-request.ts';
import { catalogueTopic } from '../topic-name.ts';
import { loadMigration } from './load-migration.ts';
import { actor, type DeskFlags } from './open-desk.ts';
import { queryOf, type SelectionFlags } from './selection.ts';

/** The flags of `event-bus dlq redrive` as commander gives them. */
export interface RedriveFlags extends DeskFlags, SelectionFlags {
  readonly dryRun?: boolean;
  readonly sample: number;
  readonly migrate?: string;
  readonly patch?: string;
  readonly toTopic?: string;
  readonly rate: number;
  readonly maxRedrives: number;
  readonly acceptReordering?: boolean;
  readonly sendRest?: boolean;
  readonly reason?: string;
}

/** What the flags ask for. */
export async function requestOf(ids: readonly string[], flags: RedriveFlags): Promise<RedriveRequest> {
  return {
    query: queryOf(flags, ids),
    toTopic: flags.toTopic === undefined ? undefined : catalogueTopic(flags.toTopic).name,
    transform: await transformOf(flags),
    perSecond: flags.rate,
    maxRedrives: flags.maxRedrives,
    acceptReordering: flags.acceptReordering === true,
    sendRest: flags.sendRest === true,
    actor: actor(),
    reason: flags.reason,
  };
}

async function transformOf({ migrate, patch }: RedriveFlags): Promise<RedriveRequest['transform']> {
  if (migrate !== undefined && patch !== undefined) {
    throw new AppError('EVENTBUS_CLI_USAGE', 'both --migrate and --patch are given, allowed is one of them');
  }
  if (migrate !== undefined) return loadMigration(migrate);
  return patch === undefined ? undefined : patchTransform(parsedPatch(patch));
}

function parsedPatch(text: string): unknown {
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    // Told below, as for any other text.
  }
  if (typeof patch === 'object' && patch !== null && !Array.isArray(patch)) return patch;
  throw new AppError('EVENTBUS_CLI_USAGE', `--patch is ${JSON.stringify(text.slice(0, 80))}, allowed is a JSON object`);
}
