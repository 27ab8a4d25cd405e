import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors/app-error.ts';
import { makeEventBridgeRouter } from './event-router.eventbridge.ts';
import { makeFolderEventRouter } from './event-router.folder.ts';
import type { EventRouter } from './event-router.ts';

/**
 * The router that a URL names: `eventbridge://NAME` or `file:///FOLDER`.
 * @throws AppError EVENTBUS_ROUTER_URL
 */
export function eventRouterFromUrl(text: string): EventRouter {
  const bus = /^eventbridge:\/\/([\w.-]{1,256})$/.exec(text)?.[1];
  if (bus !== undefined) return makeEventBridgeRouter({ eventBus: bus });
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'file:' && url.host === '') return makeFolderEventRouter({ directory: fileURLToPath(url) });
  throw new AppError('EVENTBUS_ROUTER_URL', `got "${text}"`);
}
