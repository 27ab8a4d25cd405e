import { AppError } from '../core/errors/app-error.ts';

/** Keys of an AWS principal, as a rule temporary ones of a role. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Address of the agent that hands containers on ECS their role's credentials. */
const containerHost = 'http://169.254.170.2';

/**
 * Credentials of the role that the program runs under: from the environment, where Lambda puts them, or from the
 * container agent of ECS. Asked for anew with every connection, so that rotated keys are picked up.
 */
export async function credentialsFrom(env: Readonly<Record<string, string | undefined>>): Promise<AwsCredentials> {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  const path = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  if (path !== undefined) return fromContainerAgent(`${containerHost}${path}`);
  throw new AppError('EVENTBUS_KAFKA_SETTINGS_INVALID', 'no AWS credentials in the environment, iam needs them');
}

async function fromContainerAgent(url: string): Promise<AwsCredentials> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch((cause: unknown) => {
    throw new AppError('EVENTBUS_KAFKA_DENIED', `the credentials agent does not answer`, { cause });
  });
  const body = response.ok ? ((await response.json()) as Readonly<Record<string, unknown>>) : {};
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = body;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string') {
    throw new AppError('EVENTBUS_KAFKA_DENIED', `the credentials agent answered with status ${response.status}`);
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}
