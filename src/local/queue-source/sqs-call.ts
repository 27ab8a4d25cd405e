/** A call of the SQS JSON protocol; the embedded queue asks for no signature, so that no SDK is needed. */
export type SqsCall = <T>(action: string, body: object, signal?: AbortSignal) => Promise<T>;

/** Longer than a queue may wait for a message, which is 20 s. */
const answeredWithinMs = 30_000;

/** Calls of one endpoint. They reject with what the endpoint answers. */
export function sqsCalls(endpoint: string): SqsCall {
  return async <T>(action: string, body: object, signal?: AbortSignal): Promise<T> => {
    const limit = AbortSignal.timeout(answeredWithinMs);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
      body: JSON.stringify(body),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    if (!response.ok) throw new Error(`${endpoint} answers ${action} with ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}
