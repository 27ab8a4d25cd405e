import { AppError } from '../../src/core/errors/app-error.ts';

/** The coded error that the work throws; anything else fails the test. */
export function codedErrorOf(work: () => unknown): AppError {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw new Error('expected a coded error, another one was thrown', { cause: error });
  }
  throw new Error(`expected a coded error, got ${String(value)}`);
}

/** The coded error that the promise rejects with; anything else fails the test. */
export async function codedRejectionOf(work: Promise<unknown>): Promise<AppError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  return codedErrorOf(() => {
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  });
}
