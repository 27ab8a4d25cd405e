import { onConnection, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';

/** What somebody did to letters. */
export interface Action {
  readonly actor: string;
  readonly action: 'redrive' | 'pause' | 'resume' | 'cancel' | 'finish' | 'discard';
  readonly letterId?: string;
  readonly groupId?: string;
  readonly redriveId?: string;
  readonly letters: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Adds a row to the audit trail, in the transaction of what it tells about. */
export async function recordAction(client: PoolClient, action: Action): Promise<void> {
  await client.query(
    `insert into dead_letter_action (actor, action, letter_id, group_id, redrive_id, letters, detail)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      storableText(action.actor),
      action.action,
      action.letterId ?? null,
      action.groupId ?? null,
      action.redriveId ?? null,
      action.letters,
      storableJson(action.detail),
    ],
  );
}

/** A row of the audit trail. */
export interface RecordedAction {
  readonly at: string;
  readonly actor: string;
  readonly action: Action['action'];
  readonly redriveId: string | null;
  readonly letters: number | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

export interface TrailFilter {
  readonly letterId?: string;
  readonly groupId?: string;
  readonly redriveId?: string;
}

interface ActionRow {
  readonly at: Date;
  readonly actor: string;
  readonly action: Action['action'];
  readonly redrive_id: string | null;
  readonly letters: number | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** What was done to a letter (by itself or inside a redrive), a group or a redrive, latest first; 200 at most. */
export async function actionTrail(pool: Pool, filter: TrailFilter): Promise<readonly RecordedAction[]> {
  const { letterId = null, groupId = null, redriveId = null } = filter;
  const found = await onConnection(pool, (client) =>
    client.query<ActionRow>(
      `select at, actor, action, redrive_id, letters, detail from dead_letter_action
       where ($1::uuid is null or letter_id = $1
              or redrive_id in (select redrive_id from redrive_letter where letter_id = $1))
         and ($2::text is null or group_id = $2) and ($3::uuid is null or redrive_id = $3)
       order by action_id desc limit 200`,
      [letterId, groupId, redriveId],
    ),
  );
  return found.rows.map(({ at, actor, action, redrive_id, letters, detail }) => {
    return { at: at.toISOString(), actor, action, redriveId: redrive_id, letters, detail };
  });
}
