import { environment } from '../../catalogue/environment.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { CallerIdentity } from './caller-identity.ts';

/** How the program listens and whom it believes; the connection to the log has settings of its own. */
export interface GatewaySettings {
  readonly host: string;
  readonly port: number;
  readonly callerIdentity: CallerIdentity;
  readonly logLevel: string;
}

const defaultPort = 50_051;

/**
 * Reads the settings of the program.
 *
 * @throws AppError EVENTBUS_INGEST_SETTINGS_INVALID naming the variable at fault
 */
export function gatewaySettings(env: Readonly<Record<string, string | undefined>>): GatewaySettings {
  return {
    host: env[environment.listenHost] ?? '127.0.0.1',
    port: portIn(env[environment.listenPort]),
    callerIdentity: identityIn(env[environment.callerIdentity]),
    logLevel: env[environment.logLevel] ?? 'info',
  };
}

function portIn(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  const what = `${environment.listenPort} is "${text}", allowed is 0 to 65535`;
  throw new AppError('EVENTBUS_INGEST_SETTINGS_INVALID', what);
}

function identityIn(text: string | undefined): CallerIdentity {
  switch (text) {
    case undefined:
    case 'connection':
      return 'connection';
    case 'load-balancer':
      return text;
    default: {
      const what = `${environment.callerIdentity} is "${text}", allowed is connection or load-balancer`;
      throw new AppError('EVENTBUS_INGEST_SETTINGS_INVALID', what);
    }
  }
}
