/**
 * What a mapping does with a record that ends its function's environment: it isolates it, tries it a few times more and
 * leaves it whole in the object store. All other records at fault are dead-lettered by the function itself. Twenty
 * retries also outlast an outage of 19 minutes, since the function waits for its dependencies until its time limit.
 */
export const crashes = { retryAttempts: 20, bisectOnError: true, onFailure: 'object-store' } as const;
