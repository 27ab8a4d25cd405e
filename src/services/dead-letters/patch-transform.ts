import { AppError } from '../../core/errors/app-error.ts';
import { mergePatch } from '../../core/redrive/merge-patch.ts';
import type { Transform } from './letter-record.ts';

/** Changes every letter by the same JSON merge patch (RFC 7396): fields of the patch replace, null removes. */
export function patchTransform(patch: unknown): Transform {
  return {
    name: `patch ${JSON.stringify(patch)}`,
    checksum: null,
    apply({ value, json }) {
      // The document comes first: it holds what a device sent, where the value has defaults filled in.
      const base = json ?? value;
      if (base === undefined) {
        throw new AppError(
          'EVENTBUS_DLQ_MIGRATION_FAILED',
          'the value cannot be decoded, so there is nothing to patch',
        );
      }
      return { value: mergePatch(base, patch), plain: true };
    },
  };
}
