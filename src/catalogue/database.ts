/** Names inside the operational database, the same in every environment. */
export const operationalDatabase = {
  name: 'event_bus',
  /** Owns every table and changes them; only the migrations sign in as this user. */
  owner: 'event_bus_owner',
  /** Reads and writes rows; every function and service signs in as this user. */
  application: 'event_bus_app',
} as const;

/** Names inside the warehouse. */
export const warehouse = {
  /** The database that a namespace is made with. */
  database: 'event_bus',
  /** Schema that batches are copied into before they are merged. */
  stagingSchema: 'staging',
  /** Schema of the tables that people query. */
  goldSchema: 'gold',
} as const;
