import type { ApiCall, PathParts, Route } from '../api/api-call.ts';
import { discardOf, pageOf, queryOf, redriveOf } from './api-parameters.ts';
import type { BackgroundRedrives } from './background-redrives.ts';
import type { DeadLetterDesk } from './dead-letter-desk.ts';

/** Answers the body of a 200. */
type Answer = (call: ApiCall, id: string) => Promise<unknown>;

const idOf = (parts: PathParts): string => Object.values(parts)[0] ?? '';

function route(
  method: Route['method'],
  path: string,
  said: { readonly summary: string; readonly answer: Answer },
): Route {
  const { summary, answer } = said;
  return {
    method,
    path,
    summary,
    answer: async (call, parts) => ({ status: 200, body: await answer(call, idOf(parts)) }),
  };
}

/** The operations on dead letters over HTTP; lists are pages of `{ items, next }`, `?cursor=` takes what `next` says. */
export function deadLetterRoutes(desk: DeadLetterDesk, background: BackgroundRedrives): readonly Route[] {
  return [...triageRoutes(desk), ...redriveRoutes(desk), ...runRoutes(desk, background)];
}

function triageRoutes(desk: DeadLetterDesk): readonly Route[] {
  return [
    route('GET', '/api/dead-letters', {
      summary:
        'Letters, latest first. Conditions: id, group, consumer, topic, code, key, schemaVersion, since, until, status.',
      answer: (call) => desk.letters(queryOf(call), pageOf(call)),
    }),
    route('GET', '/api/dead-letters/statistics', {
      summary: 'Counts by status, reason and hour; the same conditions.',
      answer: (call) => desk.statistics(queryOf(call)),
    }),
    route('GET', '/api/dead-letters/groups', {
      summary: 'Groups of letters of one cause with their counts, latest first; the same conditions.',
      answer: (call) => desk.groups(queryOf(call), pageOf(call)),
    }),
    route('GET', '/api/dead-letters/groups/:groupId', {
      summary: 'One group: numbers, a sample letter, what was done about it.',
      answer: (_call, groupId) => desk.group(groupId),
    }),
    route('GET', '/api/dead-letters/:letterId', {
      summary: 'One letter: decoded value with its schema version, headers, stack, what was done about it.',
      answer: (_call, letterId) => desk.letter(letterId),
    }),
    route('POST', '/api/dead-letters/discards', {
      summary: 'Gives open letters up: { query, reason, dryRun }.',
      answer: async (call) => ({ letters: await desk.discard(discardOf(call)) }),
    }),
  ];
}

function redriveRoutes(desk: DeadLetterDesk): readonly Route[] {
  return [
    route('GET', '/api/redrives', {
      summary: 'Redrives, latest first; unfinished=true leaves out those that have ended.',
      answer: (call) => desk.redrives({ ...pageOf(call), unfinished: call.query.get('unfinished') === 'true' }),
    }),
    route('GET', '/api/redrives/:redriveId', {
      summary: 'One redrive: state, progress, what was done about it.',
      answer: (_call, redriveId) => desk.redrive(redriveId),
    }),
    route('POST', '/api/redrives/previews', {
      summary: 'What a redrive would do: counts, refusals, a sample before and after. Changes nothing.',
      answer: (call) => {
        const { request, sample } = redriveOf(call);
        return desk.preview(request, { sample });
      },
    }),
    route('POST', '/api/redrives/:redriveId/pause', {
      summary: 'Stops sending; the letters stay with the redrive.',
      answer: (call, redriveId) => desk.pause({ redriveId, actor: call.actor }),
    }),
    route('POST', '/api/redrives/:redriveId/cancel', {
      summary: 'Ends a redrive for good; what was not sent is open again.',
      answer: (call, redriveId) => desk.cancel({ redriveId, actor: call.actor }),
    }),
  ];
}

/** Routes that make this program send; a failure later on pauses the redrive and is told in its status. */
function runRoutes(desk: DeadLetterDesk, background: BackgroundRedrives): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/api/redrives',
      summary:
        'Sends letters again: { query, toTopic, patch, perSecond, maxRedrives, acceptReordering, sendRest, reason, sample }.',
      answer: async (call) => {
        const { request, sample } = redriveOf(call);
        const { redriveId, preview } = await desk.plan(request, { sample });
        await background.start({ redriveId, actor: call.actor });
        return { status: 202, headers: { location: `/api/redrives/${redriveId}` }, body: { redriveId, preview } };
      },
    },
    {
      method: 'POST',
      path: '/api/redrives/:redriveId/resume',
      summary: 'Sends what is left of a redrive that was planned, paused or interrupted.',
      answer: async (call, { redriveId = '' }) => {
        await background.start({ redriveId, actor: call.actor });
        return { status: 202, headers: { location: `/api/redrives/${redriveId}` }, body: { redriveId } };
      },
    },
  ];
}
