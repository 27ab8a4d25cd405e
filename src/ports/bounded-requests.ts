/**
 * Settings of the SDK's clients: a request that gets no answer is given up and tried again. By the SDK's own settings it
 * waits for ever, and takes the function with it into its time limit. Waiting calls such as long polls need more.
 */
export const boundedRequests = {
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;
