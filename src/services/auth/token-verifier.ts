import { errors, type JWTPayload, jwtVerify } from 'jose';
import { AppError } from '../../core/errors/app-error.ts';
import { type KeyLookup, keysOf } from './key-set.ts';

/** Who a verified token speaks for. */
export interface Caller {
  /** Claim `sub`: the user's id, which is the customer's id in the shop. */
  readonly subject: string;
  /** Claim `roles`; empty when the token has none. */
  readonly roles: readonly string[];
  /** ms since 1970-01-01 UTC */
  readonly expiresAtMs: number;
}

export interface TokenVerifier {
  /**
   * Checks signature, issuer, audience and times of a token.
   *
   * @throws AppError EVENTBUS_AUTH_TOKEN_MISSING, _INVALID, _EXPIRED (the caller's fault) or _KEYS_UNAVAILABLE (ours)
   */
  verify(token: string | undefined): Promise<Caller>;
}

export interface TokenVerifierOptions {
  /** Key set (RFC 7517) of the issuer, `https:` or `file:`, or the set itself as `data:application/json,…`. */
  readonly jwks: URL;
  /** What claim `iss` must be. */
  readonly issuer: string;
  /** What claim `aud` must be or contain. */
  readonly audience: string;
  /** @default the wall clock, ms since 1970-01-01 UTC */
  readonly now?: () => number;
}

/** Signatures by a private key only: a shared secret could be the public key's own text, and `none` is no signature. */
export const allowedAlgorithms = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const;

/** How far the clocks of issuer and verifier may differ. */
export const clockToleranceSeconds = 5;

const maxTokenLength = 8_192;
const maxSubjectLength = 128;
const maxRoles = 32;

/** Makes a verifier; keys are read with the first token, and again when a token names one that is not known. */
export function makeTokenVerifier({ jwks, issuer, audience, now }: TokenVerifierOptions): TokenVerifier {
  const keys = keysOf(jwks);
  const claims = {
    issuer,
    audience,
    algorithms: [...allowedAlgorithms],
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['sub', 'exp', 'iss', 'aud'],
  };
  return {
    async verify(token) {
      if (token === undefined || token === '') throw new AppError('EVENTBUS_AUTH_TOKEN_MISSING', 'none was given');
      if (token.length > maxTokenLength) {
        throw invalid(`it has ${token.length} characters, allowed are ${maxTokenLength}`);
      }
      const currentDate = new Date(now?.() ?? Date.now());
      return callerOf(await checked(token, keys, { ...claims, currentDate }));
    },
  };
}

async function checked(token: string, keys: KeyLookup, claims: Parameters<typeof jwtVerify>[2]): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, claims)).payload;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (cause instanceof errors.JWTExpired) {
      const ended = new Date((cause.payload.exp ?? 0) * 1000).toISOString();
      throw new AppError('EVENTBUS_AUTH_TOKEN_EXPIRED', `it ended at ${ended}`, { cause });
    }
    throw invalid(reasonOf(cause), cause);
  }
}

/** The library's sentence, which names the claim or the algorithm at fault and never the token. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function callerOf({ sub, exp, roles = [] }: JWTPayload): Caller {
  if (typeof sub !== 'string' || sub === '' || sub.length > maxSubjectLength) {
    throw invalid(`claim sub must be text of 1 to ${maxSubjectLength} characters`);
  }
  if (!Array.isArray(roles) || roles.length > maxRoles || !roles.every((role) => typeof role === 'string')) {
    throw invalid(`claim roles must be a list of at most ${maxRoles} texts`);
  }
  return { subject: sub, roles, expiresAtMs: (exp ?? 0) * 1000 };
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_AUTH_TOKEN_INVALID', what, { cause });
}
