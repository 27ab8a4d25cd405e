import type { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';

/** One route of the HTTP API. */
export interface ApiRoute {
  readonly method: HttpMethod;
  /** For example `/vehicles/{vehicleId}/commands`. */
  readonly path: string;
  /** Name of the file in `lambdas` that answers it; routes may share one. */
  readonly entry: string;
  readonly description: string;
  /**
   * Scopes of which a token needs one.
   * @default - any token of the audience will do
   */
  readonly scopes?: readonly string[];
}

/** Routes of the HTTP API for commands and queries: a line here and a file in `lambdas` make one. */
export const apiRoutes: readonly ApiRoute[] = [];
