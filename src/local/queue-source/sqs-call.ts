/** A call of the SQS JSON protocol; the embedded queue asks for no signature, so that no SDK is needed. */
export type SqsCall = <T>(action: string, body: object, signal?: AbortSignal) => Promise<T>;

/** Calls of one endpoint. They reject with what the endpoint answers. */
export function sqsCalls(endpoint: string): SqsCall {
  return async <T>(action: string, body: object, signal?: AbortSignal): Promise<T> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) throw new Error(`${endpoint} answers ${action} with ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}
