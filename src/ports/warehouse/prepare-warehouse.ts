import { environment } from '../../catalogue/environment.ts';
import { requiredVariable } from '../../core/required-variable.ts';
import { grantLoaderAccess } from './loader-access.ts';
import { type RedshiftStatementsOptions, redshiftStatements, redshiftTarget } from './redshift-statements.ts';

/**
 * Gives the loader its access in the warehouse that the environment names, signed in as the administrator.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION when a variable is missing, and of the area WAREHOUSE
 */
export async function prepareWarehouse(
  env: Readonly<Record<string, string | undefined>>,
  options?: RedshiftStatementsOptions,
): Promise<void> {
  const given = (name: string) => requiredVariable(env, name);
  const target = {
    ...redshiftTarget(given(environment.warehouse)),
    secretArn: given(environment.warehouseAdminSecret),
  };
  await grantLoaderAccess(redshiftStatements(target, options), {
    loaderRole: given(environment.warehouseLoaderRole),
    copyRoleArn: given(environment.warehouseCopyRole),
  });
}
