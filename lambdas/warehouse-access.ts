import { prepareWarehouse } from '../src/ports/warehouse/prepare-warehouse.ts';

/** Runs once a deployment, before the loader; a failure ends the deployment. */
export async function handler(): Promise<void> {
  await prepareWarehouse(process.env);
}
