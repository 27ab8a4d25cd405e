import { environment } from '../../catalogue/environment.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { requiredVariable } from '../../core/required-variable.ts';
import { makeTokenVerifier, type TokenVerifier } from './token-verifier.ts';

/**
 * A verifier of the tokens that the environment says to trust. Where it names no key set, the issuer's is read at
 * `/.well-known/jwks.json`, as Cognito and others have it.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION when a variable is missing or no URL
 */
export function verifierFromEnvironment(env: Readonly<Record<string, string | undefined>>): TokenVerifier {
  const issuer = requiredVariable(env, environment.tokenIssuer);
  const named = env[environment.tokenKeys];
  const [variable, keys] =
    named === undefined || named === ''
      ? [environment.tokenIssuer, `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`]
      : [environment.tokenKeys, named];
  if (!URL.canParse(keys) || !/^(https|file|data):/.test(keys)) {
    throw new AppError(
      'EVENTBUS_CONSUMER_CONFIGURATION',
      `${variable} gives "${keys}", allowed is an https:, file: or data: URL`,
    );
  }
  return makeTokenVerifier({ jwks: new URL(keys), issuer, audience: requiredVariable(env, environment.tokenAudience) });
}
