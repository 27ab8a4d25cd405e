import { AppError } from '../../core/errors/app-error.ts';

const maxKeyBytes = 1_024;
const maxPartBytes = 255;

/**
 * The parts of a key, between its slashes.
 * @throws AppError EVENTBUS_OBJECT_KEY_INVALID
 */
export function keyParts(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.some((part) => part === '')) throw invalid(key, 'has an empty part');
  if (!key.isWellFormed() || key.includes('\0')) throw invalid(key, 'is no text that a file system takes');
  if (Buffer.byteLength(key) > maxKeyBytes) throw invalid(key, `has ${Buffer.byteLength(key)} bytes`);
  if (parts.some((part) => Buffer.byteLength(part) > maxPartBytes)) throw invalid(key, 'has a part of over 255 bytes');
  return parts;
}

function invalid(key: string, what: string): AppError {
  return new AppError('EVENTBUS_OBJECT_KEY_INVALID', `${JSON.stringify(key.slice(0, 200))} ${what}`);
}
