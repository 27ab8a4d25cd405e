import { customerDecider } from '../../core/orders/customer.ts';
import { stockDecider } from '../../core/orders/inventory.ts';
import { orderDecider } from '../../core/orders/order-decider.ts';
import { paymentDecider } from '../../core/orders/payment.ts';
import { publishCustomer, publishOrder, publishPayment, publishStock } from '../../core/orders/publication.ts';

/** The kinds of aggregates, each with what others hear of it. */
export const orders = { decider: orderDecider, publish: publishOrder } as const;
export const stocks = { decider: stockDecider, publish: publishStock } as const;
export const payments = { decider: paymentDecider, publish: publishPayment } as const;
export const customers = { decider: customerDecider, publish: publishCustomer } as const;

/** Names of streams. */
export const streams = {
  order: (orderId: string): string => `order-${orderId}`,
  stock: (productId: string): string => `inventory-${productId}`,
  /** One payment an order, with as many attempts as it takes. */
  payment: (orderId: string): string => `payment-${orderId}`,
  customer: (customerId: string): string => `customer-${customerId}`,
} as const;
