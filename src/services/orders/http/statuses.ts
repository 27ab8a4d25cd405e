import type {
  CustomerStatus,
  InventoryReason,
  OrderStatus,
  PaymentMethod,
  PaymentStatus,
} from '../../../catalogue/events.generated.ts';

/** The symbols of the events' enums, as lists; a missing or a wrong one does not compile. */
function keysOf<T extends string>(symbols: Readonly<Record<T, true>>): readonly string[] {
  return Object.keys(symbols);
}

export const orderStatuses = keysOf<OrderStatus>({
  UNKNOWN: true,
  CREATED: true,
  STOCK_RESERVED: true,
  APPROVED: true,
  INVOICED: true,
  PROCESSING: true,
  SHIPPED: true,
  DELIVERED: true,
  COMPLETED: true,
  CANCELLED: true,
  UNAVAILABLE: true,
});

export const paymentStatuses = keysOf<PaymentStatus>({
  UNKNOWN: true,
  PENDING: true,
  AUTHORIZED: true,
  CAPTURED: true,
  FAILED: true,
  PARTIALLY_REFUNDED: true,
  REFUNDED: true,
});

export const paymentMethods = keysOf<PaymentMethod>({
  UNKNOWN: true,
  CREDIT_CARD: true,
  DEBIT_CARD: true,
  BOLETO: true,
  PIX: true,
  VOUCHER: true,
  BANK_TRANSFER: true,
  DIRECT_DEBIT: true,
  WALLET: true,
  CASH: true,
});

export const customerStatuses = keysOf<CustomerStatus>({
  UNKNOWN: true,
  ACTIVE: true,
  SUSPENDED: true,
  CLOSED: true,
  ERASED: true,
});

export type GivenReason = Exclude<InventoryReason, 'UNKNOWN' | 'ORDERED' | 'ORDER_CANCELLED' | 'RESERVATION_EXPIRED'>;

/** Why a person changes the stock. */
export const givenReasons = keysOf<GivenReason>({
  RECEIVED: true,
  SOLD: true,
  RETURNED: true,
  CORRECTED: true,
  DAMAGED: true,
  LOST: true,
  MOVED: true,
});
