import { apiErrors } from './api-errors.ts';
import { auditErrors } from './audit-errors.ts';
import { authErrors } from './auth-errors.ts';
import { brokerErrors } from './broker-errors.ts';
import { catalogueErrors } from './catalogue-errors.ts';
import { cliErrors } from './cli-errors.ts';
import { codecErrors } from './codec-errors.ts';
import { consumerErrors } from './consumer-errors.ts';
import { deadLetterErrors } from './dead-letter-errors.ts';
import { deviceErrors } from './device-errors.ts';
import type { ErrorEntry } from './entry.ts';
import { fleetErrors } from './fleet-errors.ts';
import { functionErrors } from './function-errors.ts';
import { ingestErrors } from './ingest-errors.ts';
import { kafkaErrors } from './kafka-errors.ts';
import { lakeErrors } from './lake-errors.ts';
import { localErrors } from './local-errors.ts';
import { mobilityErrors } from './mobility-errors.ts';
import { objectErrors } from './object-errors.ts';
import { orderErrors } from './order-errors.ts';
import { photoErrors } from './photo-errors.ts';
import { postgresErrors } from './postgres-errors.ts';
import { realtimeErrors } from './realtime-errors.ts';
import { replayErrors } from './replay-errors.ts';
import { routerErrors } from './router-errors.ts';
import { sdkErrors } from './sdk-errors.ts';
import { warehouseErrors } from './warehouse-errors.ts';

/** Every error code of the product, by area; `docs/errors.md` is generated from it. */
export const errorRegistry = {
  ...catalogueErrors,
  ...codecErrors,
  ...kafkaErrors,
  ...brokerErrors,
  ...postgresErrors,
  ...ingestErrors,
  ...deviceErrors,
  ...consumerErrors,
  ...functionErrors,
  ...lakeErrors,
  ...objectErrors,
  ...routerErrors,
  ...deadLetterErrors,
  ...photoErrors,
  ...apiErrors,
  ...authErrors,
  ...orderErrors,
  ...fleetErrors,
  ...realtimeErrors,
  ...replayErrors,
  ...auditErrors,
  ...mobilityErrors,
  ...warehouseErrors,
  ...sdkErrors,
  ...localErrors,
  ...cliErrors,
} as const satisfies Record<`EVENTBUS_${string}`, ErrorEntry>;

export type ErrorCode = keyof typeof errorRegistry;
