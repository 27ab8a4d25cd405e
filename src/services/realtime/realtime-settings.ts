import { environment } from '../../catalogue/environment.ts';
import { AppError } from '../../core/errors/app-error.ts';

/** How the program listens, whom it believes, and what it shares with other gateways. */
export interface RealtimeSettings {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly origins: readonly string[];
  readonly trust: { readonly jwks: URL; readonly issuer: string; readonly audience: string };
  readonly shared?: SharedCache;
}

/** Redis by its address, or ElastiCache with IAM. */
export type SharedCache =
  | { readonly kind: 'redis'; readonly url: string }
  | {
      readonly kind: 'elasticache';
      /** `host:port` */
      readonly endpoint: string;
      readonly name: string;
      readonly user: string;
      readonly region: string;
    };

const defaultPort = 8089;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of the program.
 *
 * @throws AppError EVENTBUS_REALTIME_SETTINGS_INVALID naming the variable at fault
 */
export function realtimeSettings(env: Environment): RealtimeSettings {
  const shared = sharedIn(env);
  return {
    host: env[environment.listenHost] ?? '127.0.0.1',
    port: portIn(env[environment.listenPort]),
    logLevel: env[environment.logLevel] ?? 'info',
    origins: listIn(env[environment.origins]),
    trust: trustIn(env),
    ...(shared === undefined ? {} : { shared }),
  };
}

function listIn(text: string | undefined): readonly string[] {
  const entries = (text ?? '').split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '');
}

function portIn(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw invalid(`${environment.listenPort} is "${text}", allowed is 0 to 65535`);
}

function trustIn(env: Environment): RealtimeSettings['trust'] {
  const issuer = required(env, environment.tokenIssuer);
  const audience = required(env, environment.tokenAudience);
  const keys = env[environment.tokenKeys] ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`;
  const jwks = URL.parse(keys);
  if (jwks !== null && ['https:', 'file:', 'data:'].includes(jwks.protocol)) return { jwks, issuer, audience };
  throw invalid(`the key set is at "${keys}", allowed are https:, file: and data: in ${environment.tokenKeys}`);
}

function sharedIn(env: Environment): SharedCache | undefined {
  const url = env[environment.redisUrl];
  if (url !== undefined && url !== '') return { kind: 'redis', url };
  const endpoint = env[environment.cache];
  if (endpoint === undefined || endpoint === '') return undefined;
  return {
    kind: 'elasticache',
    endpoint,
    name: required(env, environment.cacheName),
    user: required(env, environment.cacheUser),
    region: required(env, 'AWS_REGION'),
  };
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw invalid(`${name} is ${value === '' ? 'empty' : 'not set'}`);
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_REALTIME_SETTINGS_INVALID', what);
}
