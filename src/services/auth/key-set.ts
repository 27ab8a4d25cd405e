import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { AppError } from '../../core/errors/app-error.ts';

/** Finds the key that a token's header names. */
export type KeyLookup = JWTVerifyGetKey;

/** Time in which a token with an unknown key causes no second reading of the key set. */
const cooldownMs = 30_000;
const fileCooldownMs = 1_000;
const timeoutMs = 5_000;
const maxAgeMs = 600_000;

/** The keys behind a URL, read on first use, kept, and read again when one is asked for that is not among them. */
export function keysOf(url: URL): KeyLookup {
  switch (url.protocol) {
    case 'file:':
      return fileKeys(url);
    case 'data:':
      return givenKeys(url);
    default:
      return remoteKeys(url);
  }
}

/** Keys that stand in the address itself, for programs in a network without a way out. */
function givenKeys({ href }: URL): KeyLookup {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  return async (header, token) => {
    try {
      keys ??= createLocalJWKSet(JSON.parse(decodeURIComponent(href.slice(href.indexOf(',') + 1))));
      return await keys(header, token);
    } catch (error) {
      return refuse(error, new URL('data:'));
    }
  };
}

function remoteKeys(url: URL): KeyLookup {
  const keys = createRemoteJWKSet(url, {
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
    timeoutDuration: timeoutMs,
  });
  return (header, token) => keys(header, token).catch((error: unknown) => refuse(error, url));
}

function fileKeys(url: URL): KeyLookup {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let readAtMs = 0;
  const read = async () => {
    readAtMs = Date.now();
    keys = createLocalJWKSet(JSON.parse(await readFile(url, 'utf8')));
    return keys;
  };
  return async (header, token) => {
    try {
      return await (keys ?? (await read()))(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) return refuse(error, url);
    }
    if (Date.now() - readAtMs >= fileCooldownMs) await read().catch((error: unknown) => refuse(error, url));
    return (keys ?? (await read()))(header, token);
  };
}

/** What the token is to blame for goes on as it is; everything else means that the keys are not to be had. */
function refuse(error: unknown, url: URL): never {
  const tokensFault =
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported;
  if (tokensFault) throw error;
  const reason = error instanceof Error ? error.message : String(error);
  throw new AppError('EVENTBUS_AUTH_KEYS_UNAVAILABLE', `${url.href}: ${reason}`, { cause: error });
}
