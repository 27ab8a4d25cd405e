import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { AppError } from '../../core/errors/app-error.ts';

/** What a development token says. */
export interface TokenRequest {
  /** The user's id, claim `sub`. */
  readonly user: string;
  readonly roles: readonly string[];
  readonly lifetimeMs: number;
}

/** The issuer of tokens of one bus on one machine. Where services verify: {@link LocalIssuer.trust}. */
export interface LocalIssuer {
  readonly trust: LocalTrust;
  issue(request: TokenRequest): Promise<string>;
}

/** What `makeTokenVerifier` needs to believe the local issuer. */
export interface LocalTrust {
  readonly jwks: URL;
  readonly issuer: string;
  readonly audience: string;
}

export const localIssuerName = 'urn:event-bus:local';
export const localAudience = 'event-bus';

const algorithm = 'ES256';

/** What to trust for a directory of keys; `openLocalIssuer` writes the key set there. */
export function localTrust(directory: string): LocalTrust {
  return { jwks: pathToFileURL(join(directory, 'jwks.json')), issuer: localIssuerName, audience: localAudience };
}

/**
 * Opens the issuer whose key lies in the directory; makes both when there is none. For development only: whoever can
 * read the directory can issue any token.
 *
 * @throws AppError EVENTBUS_AUTH_KEYS_CORRUPT
 */
export async function openLocalIssuer(directory: string): Promise<LocalIssuer> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const jwk = await keyIn(directory);
  const { d: _, ...publicJwk } = jwk;
  await writeWhole(join(directory, 'jwks.json'), JSON.stringify({ keys: [publicJwk] }, null, 2));
  const key = await importJWK(jwk, algorithm);
  return {
    trust: localTrust(directory),
    issue: ({ user, roles, lifetimeMs }) =>
      new SignJWT({ roles: [...roles] })
        .setProtectedHeader({ alg: algorithm, kid: jwk.kid ?? '', typ: 'JWT' })
        .setSubject(user)
        .setIssuer(localIssuerName)
        .setAudience(localAudience)
        .setIssuedAt()
        .setExpirationTime(Math.ceil((Date.now() + lifetimeMs) / 1000))
        .sign(key),
  };
}

async function keyIn(directory: string): Promise<JWK> {
  const file = join(directory, 'private-key.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return parsedKey(text, directory);
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const made = await exportJWK(privateKey);
  const jwk = { ...made, alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(made) };
  const temporary = `${file}.${randomUUID()}.new`;
  await writeFile(temporary, JSON.stringify(jwk), { mode: 0o600, flush: true });
  // Of two programs that make a key at once one wins, and both use its key.
  await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(temporary, { force: true });
  return parsedKey(await readFile(file, 'utf8'), directory);
}

function parsedKey(text: string, directory: string): JWK {
  try {
    const jwk = JSON.parse(text) as JWK;
    if (jwk.kty === 'EC' && typeof jwk.d === 'string' && typeof jwk.kid === 'string') return jwk;
  } catch {
    // Told below, in the same words as a key of another kind.
  }
  throw new AppError('EVENTBUS_AUTH_KEYS_CORRUPT', `${directory}: private-key.json is no private key of curve P-256`);
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.new`;
  await writeFile(temporary, `${text}\n`, { mode: 0o644, flush: true });
  await rename(temporary, path);
}
