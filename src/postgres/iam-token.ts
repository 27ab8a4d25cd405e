import { AppError } from '../core/errors/app-error.ts';
import { type AwsCredentials, credentialsFrom } from '../kafka/aws-credentials.ts';
import { presignedUrl } from '../kafka/iam-token.ts';

const validSeconds = 900;
/** SHA-256 of no body. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Where a token signs in, and as whom. */
export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Region of the database, for example `eu-central-1`. */
  readonly region: string;
}

/**
 * Token that Aurora and RDS Proxy take as a password: the URL for `rds-db:connect` without its scheme, signed with
 * Signature Version 4 in its query and valid for 15 minutes. Made without a call to AWS.
 */
export function databaseToken(login: DatabaseLogin, credentials: AwsCredentials, now: Date): string {
  const url = presignedUrl({
    host: `${login.host}:${login.port}`,
    path: '/',
    query: { Action: 'connect', DBUser: login.user },
    scope: { region: login.region, service: 'rds-db' },
    credentials,
    now,
    validSeconds,
    payloadHash: emptyHash,
  });
  return url.slice('https://'.length);
}

/**
 * A password for each new connection: tokens expire, and the role's keys rotate, so none is kept.
 * @throws AppError EVENTBUS_POSTGRES_ACCESS_DENIED when there are no credentials to sign with
 */
export function tokenSource(
  login: DatabaseLogin,
  credentials: () => Promise<AwsCredentials> = () => credentialsFrom(process.env),
): () => Promise<string> {
  return async () => {
    try {
      return databaseToken(login, await credentials(), new Date());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('EVENTBUS_POSTGRES_ACCESS_DENIED', `no token for ${login.user}: ${reason}`, { cause });
    }
  };
}
