import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';

/** A function behind the HTTP API, and what it reaches beside the database. */
export interface ApiFunction {
  /** Name of the file in `lambdas`. */
  readonly entry: string;
  readonly description: string;
  /** Topics that it publishes to. */
  readonly topics: readonly string[];
}

/** One route of the HTTP API. */
export interface ApiRoute {
  readonly method: HttpMethod;
  /** For example `/vehicles/{vehicleId}/commands`. */
  readonly path: string;
  readonly function: ApiFunction;
  /**
   * Scopes of which a token needs one.
   * @default - any token of the audience will do
   */
  readonly scopes?: readonly string[];
}

const orders: ApiFunction = {
  entry: 'orders-api',
  description: 'Commands and queries of the shop: orders, customers, stock',
  topics: ['order-events', 'inventory-events', 'payment-events', 'customer-events'],
};

/** What `docs/openapi-orders.json` describes. */
const ordersRoutes: readonly (readonly [HttpMethod, string])[] = [
  [HttpMethod.POST, '/orders'],
  [HttpMethod.GET, '/orders/{orderId}'],
  [HttpMethod.POST, '/orders/{orderId}/cancel'],
  [HttpMethod.POST, '/orders/{orderId}/ship'],
  [HttpMethod.POST, '/orders/{orderId}/deliver'],
  [HttpMethod.POST, '/orders/{orderId}/payment/outcome'],
  [HttpMethod.GET, '/orders/{orderId}/history'],
  [HttpMethod.GET, '/orders/{orderId}/saga'],
  [HttpMethod.GET, '/order-counts'],
  [HttpMethod.POST, '/customers'],
  [HttpMethod.GET, '/customers/{customerId}'],
  [HttpMethod.PATCH, '/customers/{customerId}'],
  [HttpMethod.GET, '/customers/{customerId}/orders'],
  [HttpMethod.GET, '/products/{productId}/stock'],
  [HttpMethod.POST, '/products/{productId}/stock'],
  [HttpMethod.GET, '/openapi.json'],
];

/** Routes of the HTTP API for commands and queries. */
export const apiRoutes: readonly ApiRoute[] = ordersRoutes.map(([method, path]) => ({
  method,
  path,
  function: orders,
}));
