import { environment } from '../catalogue/environment.ts';
import { AppError } from '../core/errors/app-error.ts';
import { requiredVariable } from '../core/required-variable.ts';
import { credentialsFrom } from '../kafka/aws-credentials.ts';
import { tokenSource } from './iam-token.ts';
import { makePool, type Pool, type PoolOptions } from './pool.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A pool for the database that the environment names: by the URL's password, or with IAM tokens over TLS.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION when a variable is missing or has a value that is not allowed
 */
export function poolFromEnvironment(env: Environment, options: PoolOptions = {}): Pool {
  const url = requiredVariable(env, environment.databaseUrl);
  const auth = env[environment.databaseAuth] ?? 'password';
  switch (auth) {
    case 'password':
      return makePool(url, options);
    case 'iam':
      return makePool(url, { ...options, signIn: iamSignIn(url, env) });
    default:
      throw new AppError(
        'EVENTBUS_CONSUMER_CONFIGURATION',
        `${environment.databaseAuth} is "${auth}"; allowed are password and iam`,
      );
  }
}

function iamSignIn(url: string, env: Environment): PoolOptions['signIn'] {
  const region = requiredVariable(env, 'AWS_REGION');
  const ca = env[environment.databaseCa];
  return {
    ...(ca === undefined ? {} : { ca }),
    password: ({ host, port, user }) => tokenSource({ host, port, user, region }, () => credentialsFrom(env))(),
  };
}
