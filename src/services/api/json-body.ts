import { AppError } from '../../core/errors/app-error.ts';

/**
 * The JSON of a request's body; undefined when it has none.
 * @throws AppError EVENTBUS_API_BODY_INVALID
 */
export function jsonBodyOf(bytes: Buffer, contentType = ''): unknown {
  if (bytes.length === 0) return undefined;
  // A form of a foreign page can send any text, but not this type.
  if (!/^application\/json\b/i.test(contentType)) {
    throw new AppError('EVENTBUS_API_BODY_INVALID', `content-type is "${contentType.slice(0, 100)}"`);
  }
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new AppError('EVENTBUS_API_BODY_INVALID', `${bytes.length} bytes are no JSON`);
  }
}
