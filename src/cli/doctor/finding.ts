/** What one check found. */
export interface Finding {
  /** What was checked, in a word or two. */
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do; set unless the status is ok. */
  readonly fix?: string;
}

/** A check; what it throws becomes a failed finding. */
export interface Check {
  readonly name: string;
  run(): Promise<Finding | readonly Finding[]>;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message };
}

export function warn(check: string, message: string, fix: string): Finding {
  return { check, status: 'warn', message, fix };
}

export function fail(check: string, message: string, fix: string): Finding {
  return { check, status: 'fail', message, fix };
}
