import type { IncomingMessage } from 'node:http';
import { AppError } from '../../core/errors/app-error.ts';

/** Whether pages of an origin may connect. */
export type OriginCheck = (origin: string) => boolean;

/**
 * Allow list of origins: `https://photos.example` exactly, `http://127.0.0.1:*` for every port of a host.
 *
 * @throws AppError EVENTBUS_REALTIME_SETTINGS_INVALID
 */
export function allowedOrigins(list: readonly string[]): OriginCheck {
  for (const origin of list) {
    if (/^https?:\/\/[^/*\s]+(:\*)?$/.test(origin)) continue;
    const what = `origin "${origin}", allowed are forms such as https://photos.example and http://127.0.0.1:*`;
    throw new AppError('EVENTBUS_REALTIME_SETTINGS_INVALID', what);
  }
  const exact = new Set(list.filter((origin) => !origin.endsWith(':*')));
  const anyPort = list.filter((origin) => origin.endsWith(':*')).map((origin) => origin.slice(0, -2));
  return (origin) => {
    if (exact.has(origin)) return true;
    return anyPort.some(
      (host) => origin === host || /^:\d{1,5}$/.test(origin.startsWith(host) ? origin.slice(host.length) : ''),
    );
  };
}

/**
 * Browsers name the page's origin with every WebSocket, and CORS does not hold these back; programs name none, and show
 * a token like everyone.
 */
export function isAllowedRequest({ headers }: Pick<IncomingMessage, 'headers'>, check: OriginCheck): boolean {
  return headers.origin === undefined || check(headers.origin);
}
