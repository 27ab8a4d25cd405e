import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { subjectOf } from '../subject-of.ts';
import type { MskRecord } from './msk-event.ts';

/** Tells which schema version a record's value was written with, as far as its frame says; never fails. */
export function schemaVersionOf(codec: Pick<Codec, 'schemaVersionOf'>): (record: MskRecord) => string | null {
  return ({ topic, value }) => {
    if (value === undefined || value === null) return null;
    try {
      return codec.schemaVersionOf(subjectOf(topic), Buffer.from(value, 'base64'));
    } catch (error) {
      // A topic outside the catalogue has no subject.
      if (error instanceof AppError) return null;
      throw error;
    }
  };
}
