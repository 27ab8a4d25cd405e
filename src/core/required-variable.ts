import { AppError } from './errors/app-error.ts';

/**
 * The value of an environment variable that a function or service cannot do without.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION when it is not set, or empty
 */
export function requiredVariable(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `${name} is ${value === '' ? 'empty' : 'not set'}`);
}
