import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors/app-error.ts';

const addressOrLocalhost = /^(localhost|(\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

/**
 * Refuses requests from pages of other origins, also of ones that have a name of theirs point to this machine: the host
 * that a request names must be an address or `localhost`.
 * @throws AppError EVENTBUS_API_FOREIGN_ORIGIN
 */
export function requireOwnOrigin({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const { host = '', origin } = headers;
  if (!addressOrLocalhost.test(host)) {
    throw new AppError('EVENTBUS_API_FOREIGN_ORIGIN', `host "${host.slice(0, 100)}"`);
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new AppError('EVENTBUS_API_FOREIGN_ORIGIN', `origin "${origin.slice(0, 100)}"`);
  }
}
