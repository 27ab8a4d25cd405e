import { invalidValue, SqsError } from './sqs-error.ts';

/** Parameters of one action, as they came. */
export type Parameters = Readonly<Record<string, unknown>>;

export function textField(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

/** A whole number within its range; numbers may come as text, as queue attributes do. */
export function numberField(parameters: Parameters, name: string, { min, max, fallback }: Range): number {
  const value = parameters[name];
  if (value === undefined || value === null) return fallback;
  const number = Number(value);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw invalidValue(`${name} is ${JSON.stringify(value)}, must be a whole number from ${min} to ${max}.`);
}

export function listField(parameters: Parameters, name: string): readonly Parameters[] {
  const value = parameters[name];
  if (Array.isArray(value)) return value as readonly Parameters[];
  throw new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

export function objectField(parameters: Parameters, name: string): Parameters | null {
  const value = parameters[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Parameters;
  throw invalidValue(`${name} must be a map.`);
}

const entryId = /^[A-Za-z0-9_-]{1,80}$/;
const maxEntries = 10;

/** Entries of a batch request, checked as SQS does before it looks into any of them. */
export function batchEntries(parameters: Parameters): readonly (Parameters & { readonly Id: string })[] {
  const entries = listField(parameters, 'Entries');
  if (entries.length === 0) {
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.', batchCode('Empty'));
  }
  if (entries.length > maxEntries) {
    const message = `Maximum number of entries per request are ${maxEntries}. You have sent ${entries.length}.`;
    throw new SqsError('TooManyEntriesInBatchRequest', message, batchCode('TooManyEntriesIn'));
  }
  const ids = new Set<string>();
  for (const { Id } of entries) {
    if (typeof Id !== 'string' || !entryId.test(Id)) {
      throw new SqsError(
        'InvalidBatchEntryId',
        `A batch entry id may have 1 to 80 of A-Z a-z 0-9 - _, got ${String(Id)}.`,
      );
    }
    if (ids.has(Id)) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    ids.add(Id);
  }
  return entries as readonly (Parameters & { readonly Id: string })[];
}

function batchCode(what: string): string {
  return `AWS.SimpleQueueService.${what}BatchRequest`;
}
