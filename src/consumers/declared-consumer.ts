import { consumerNamed } from '../catalogue/lookup.ts';
import type { Consumer } from '../catalogue/model.ts';
import { AppError } from '../core/errors/app-error.ts';

/**
 * What the catalogue declares about a consumer.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION when it declares none of that name
 */
export function declaredConsumer(name: string): Consumer {
  const consumer = consumerNamed(name);
  if (consumer !== undefined) return consumer;
  throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `consumer "${name}" is not in the catalogue`);
}
