/** A request to the API, whoever serves it. */
export interface ApiCall {
  readonly method: string;
  /** Without the query, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By name in lower case; a header that was sent several times has its values joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
  /** Who asks, for audit trails. */
  readonly actor: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: unknown;
}

/** Values of the `:name` parts of a route's path. */
export type PathParts = Readonly<Record<string, string>>;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Such as `/api/redrives/:redriveId`. */
  readonly path: string;
  /** One sentence for people who look for a route. */
  readonly summary: string;
  answer(call: ApiCall, parts: PathParts): Promise<ApiAnswer>;
}
