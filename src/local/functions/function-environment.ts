import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { environment } from '../../catalogue/environment.ts';

export interface LocalSurroundings {
  /** Bootstrap servers. */
  readonly kafka: string;
  readonly databaseUrl: string;
  /** Endpoint of the embedded queue, and the consumer's own queue in it. */
  readonly queue: { readonly url: string; readonly queueUrl: string };
  /** Folder of the objects. */
  readonly objects: string;
  /** Folder of the routed events; absent: none are routed. */
  readonly events?: string;
  /** File that tells where messages to devices are published; absent: nowhere. */
  readonly deviceDownlink?: string;
  readonly logLevel?: string;
}

/** Environment variables of a function on one machine: the same names as on AWS, with the embedded parts' addresses. */
export function localFunctionEnvironment(surroundings: LocalSurroundings): Record<string, string> {
  return {
    [environment.kafka]: surroundings.kafka,
    [environment.kafkaAuth]: 'none',
    [environment.databaseUrl]: surroundings.databaseUrl,
    [environment.deadLetterQueueUrl]: surroundings.queue.queueUrl,
    [environment.objects]: folderUrl(surroundings.objects),
    ...(surroundings.events === undefined ? {} : { [environment.eventRouter]: folderUrl(surroundings.events) }),
    ...(surroundings.deviceDownlink === undefined
      ? {}
      : { [environment.deviceDownlink]: folderUrl(surroundings.deviceDownlink) }),
    [environment.logLevel]: surroundings.logLevel ?? 'info',
    AWS_ENDPOINT_URL_SQS: surroundings.queue.url,
    AWS_REGION: 'eu-west-1',
    // The embedded queue checks no signatures, but the SDK signs every request.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

function folderUrl(folder: string): string {
  return pathToFileURL(resolve(folder)).href;
}
