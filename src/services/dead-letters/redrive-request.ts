import type { LetterQuery } from '../../core/redrive/letter-query.ts';
import type { Transform } from './letter-record.ts';

/** What somebody asks to be sent again. */
export interface RedriveRequest {
  readonly query: LetterQuery;
  /** Topic to send to; undefined: each letter to its own topic, addressed to the consumer that failed. */
  readonly toTopic?: string | undefined;
  readonly transform?: Transform | undefined;
  /** Letters a second. */
  readonly perSecond: number;
  /** A record that was redriven so often is refused. */
  readonly maxRedrives: number;
  /** Sends letters although the order of their keys breaks. */
  readonly acceptReordering: boolean;
  /** Sends what can be sent although some letters are refused. */
  readonly sendRest: boolean;
  readonly actor: string;
  readonly reason?: string | undefined;
}

export const redriveDefaults = {
  perSecond: 100,
  maxRedrives: 3,
  acceptReordering: false,
  sendRest: false,
  sample: 3,
} as const;
