import type { AppError } from '../core/errors/app-error.ts';
import { errorRegistry } from '../core/errors/registry.ts';

/** What an error says of the case at hand, without the summary and the remedy that every error of its code has. */
export function whatOf({ code, message }: AppError): string {
  const { summary, remedy } = errorRegistry[code];
  return message.slice(`${summary}: `.length, -`. ${remedy}`.length);
}
