import type { Customer } from '../../../core/orders/customer.ts';
import type { ApiAnswer } from '../../api/api-call.ts';
import type { Carried } from '../order-commands.ts';
import {
  type AwaitedVersion,
  type CommandHandler,
  found,
  type ReadHandler,
  requireAdminFor,
  requireChange,
  requireRead,
  versioned,
} from './handler.ts';
import type { CustomerPatch, NewCustomer } from './request-schemas.ts';

export const registerCustomer: CommandHandler<NewCustomer> = async ({ body, caller, command }, { commands }) => {
  const { customerId = caller.subject, ...profile } = body;
  requireChange(caller, customerId);
  requireAdminFor(caller, profile, ['segment']);
  const registered = await commands.registerCustomer({ ...command, customerId, profile });
  return { ...receipt(registered), status: 201, headers: { location: `/customers/${customerId}` } };
};

export const updateCustomer: CommandHandler<CustomerPatch> = async (request, { commands }) => {
  const { body: changes, caller, command } = request;
  const { customerId } = request.ids;
  requireChange(caller, customerId);
  requireAdminFor(caller, changes, ['segment', 'status']);
  return receipt(await commands.updateCustomer({ ...command, customerId, changes }));
};

function receipt({ version, state: { customerId, status } }: Carried<Customer>): ApiAnswer {
  return { status: 200, body: { customerId, status, version } };
}

export const getCustomer: ReadHandler<AwaitedVersion> = async ({ ids, query, caller }, { reads }) => {
  const { customerId } = ids;
  requireRead(caller, customerId);
  const customer = found(await reads.customer(customerId, query['min-version']), `customer ${customerId}`);
  return versioned(customer.version, customer);
};

/** A page as the query asks for it; its size has a default. */
interface AskedPage {
  readonly limit: number;
  readonly cursor?: string;
  readonly status?: string;
}

export const listCustomerOrders: ReadHandler<AskedPage> = async ({ ids, query, caller }, { reads }) => {
  const { customerId } = ids;
  requireRead(caller, customerId);
  return { status: 200, body: await reads.customerOrders(customerId, query) };
};
