import { AppError } from '../../core/errors/app-error.ts';
import { errorRegistry } from '../../core/errors/registry.ts';
import { whatOf } from '../error-what.ts';
import { type Check, type Finding, fail } from './finding.ts';

/** Runs checks side by side; the findings come in the order of the checks. One without an end fails after `timeoutMs`. */
export async function runChecks(checks: readonly Check[], timeoutMs: number): Promise<readonly Finding[]> {
  const found = await Promise.all(checks.map((check) => runCheck(check, timeoutMs)));
  return found.flat();
}

async function runCheck(check: Check, timeoutMs: number): Promise<Finding | readonly Finding[]> {
  const late = Promise.withResolvers<Finding>();
  const timer = setTimeout(() => {
    const message = `no answer within ${timeoutMs / 1000} s`;
    late.resolve(fail(check.name, message, 'See whether that part hangs or is overloaded; try again.'));
  }, timeoutMs);
  try {
    return await Promise.race([check.run(), late.promise]);
  } catch (error) {
    return failed(check.name, error);
  } finally {
    clearTimeout(timer);
  }
}

function failed(name: string, error: unknown): Finding {
  if (error instanceof AppError) {
    const { summary, remedy } = errorRegistry[error.code];
    return fail(name, `${summary}: ${whatOf(error)}`, remedy);
  }
  return fail(name, error instanceof Error ? error.message : String(error), 'See the log file of the bus.');
}
