import { type Check, type Finding, ok, warn } from './finding.ts';

const timeoutMs = 5000;

/** The queue endpoint answers; letters that wait in it are counted. */
export function queueCheck(endpoint: string): Check {
  const name = 'queue';
  const run = async (): Promise<readonly Finding[]> => {
    const queues = await queueUrls(endpoint);
    const waiting = await Promise.all(queues.map(async (url) => ({ url, letters: await lettersIn(endpoint, url) })));
    return [ok(name, `${endpoint} answers, ${queues.length} queues`), ...deadLetterFindings(waiting)];
  };
  return { name, run };
}

/** Letters of each queue as findings. */
export function deadLetterFindings(
  waiting: readonly { readonly url: string; readonly letters: number }[],
): readonly Finding[] {
  const full = waiting.filter(({ letters }) => letters > 0);
  if (full.length === 0) return [ok('letter queues', 'all letters are stored')];
  return full.map(({ url, letters }) => {
    const message = `${letters.toLocaleString('en-US')} in ${url.slice(url.lastIndexOf('/') + 1)}`;
    return warn(
      'letter queues',
      message,
      `The dead-letter processor has not stored them yet; see its log, or read ${url}.`,
    );
  });
}

async function queueUrls(endpoint: string): Promise<readonly string[]> {
  const { QueueUrls = [] } = await sqs<{ QueueUrls?: string[] }>(endpoint, 'ListQueues', { MaxResults: 1000 });
  return QueueUrls;
}

const depths = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;

async function lettersIn(endpoint: string, QueueUrl: string): Promise<number> {
  const request = { QueueUrl, AttributeNames: depths };
  const { Attributes = {} } = await sqs<{ Attributes?: Record<string, string> }>(
    endpoint,
    'GetQueueAttributes',
    request,
  );
  return depths.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

/** One call of the SQS JSON protocol; the embedded queue asks for no signature. */
async function sqs<T>(endpoint: string, action: string, body: object): Promise<T> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${endpoint}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  if (!response.ok) throw new Error(`${endpoint} answers ${action} with ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
