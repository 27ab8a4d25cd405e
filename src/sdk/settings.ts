import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { environment } from '../catalogue/environment.ts';
import { type SchemaIds, schemaIdsFromEnvironment } from '../codec/schema-ids.ts';
import { AppError } from '../core/errors/app-error.ts';
import { credentialsFrom } from '../kafka/aws-credentials.ts';
import { connectionFromEnvironment, type KafkaConnection } from '../kafka/connection.ts';
import { localLetters } from './dead-letters.ts';
import { standardLog } from './log.ts';
import type { DeadLetters, EventBusAuth, EventBusLog, EventBusOptions, PublishSettings } from './options.ts';

export interface BusSettings {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  readonly source: string;
  /** Undefined when nothing says where they go. */
  readonly deadLetters: DeadLetters | undefined;
  /** Where large dead letters go. */
  readonly objects: string | undefined;
  readonly publish: PublishSettings;
  readonly schemaIds: SchemaIds;
  readonly log: EventBusLog;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where `npm start` listens. */
const localServers = '127.0.0.1:9092';

/**
 * Settings with every default in place.
 * @throws AppError EVENTBUS_KAFKA_SETTINGS_INVALID, EVENTBUS_CONSUMER_CONFIGURATION, EVENTBUS_SDK_NODE_TOO_OLD
 */
export function busSettings(options: EventBusOptions, env: Environment, program: string | undefined): BusSettings {
  assertNode(process.versions.node);
  const connection = connectionOf(options, env);
  const clientId = options.clientId ?? given(env, environment.clientId) ?? applicationName(program);
  return {
    connection,
    clientId,
    source: options.source ?? given(env, environment.source) ?? `//${clientId}`,
    deadLetters: options.deadLetters ?? lettersFrom(env) ?? (isLocal(connection) ? localLetters : undefined),
    objects: given(env, environment.objects),
    publish: options.publish ?? {},
    schemaIds: schemaIdsFromEnvironment(env),
    log: options.log ?? standardLog(clientId, env[environment.logLevel]),
  };
}

/**
 * Refuses a Node that the Kafka client does not run on, before it fails somewhere inside.
 * @param version - such as `22.22.0`
 * @throws AppError EVENTBUS_SDK_NODE_TOO_OLD
 */
export function assertNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 22)) return;
  throw new AppError('EVENTBUS_SDK_NODE_TOO_OLD', `this is Node ${version}`);
}

function connectionOf({ bootstrapServers, auth }: EventBusOptions, env: Environment): KafkaConnection {
  if (bootstrapServers === undefined) {
    const found = connectionFromEnvironment({ [environment.kafka]: localServers, ...withoutEmpty(env) });
    return auth === undefined ? found : { ...found, auth: authOf(auth, env) };
  }
  const checked = connectionFromEnvironment({ [environment.kafka]: bootstrapServers });
  return auth === undefined ? checked : { ...checked, auth: authOf(auth, env) };
}

function authOf(auth: EventBusAuth, env: Environment): NonNullable<KafkaConnection['auth']> {
  switch (auth.kind) {
    case 'none':
      return auth;
    case 'tls':
      return { kind: 'tls', tls: auth.tls ?? {} };
    case 'scram':
      return { ...auth, tls: auth.tls ?? {} };
    case 'iam':
      return { ...auth, credentials: auth.credentials ?? (() => credentialsFrom(env)) };
    default:
      throw new AppError('EVENTBUS_SDK_OPTION_INVALID', `auth.kind is ${JSON.stringify(auth)}`);
  }
}

function lettersFrom(env: Environment): DeadLetters | undefined {
  const queueUrl = given(env, environment.deadLetterQueueUrl);
  return queueUrl === undefined ? undefined : { queueUrl };
}

/** True for plain connections to this machine, where `npm start` has a queue too. */
function isLocal({ bootstrapServers, auth }: KafkaConnection): boolean {
  const local = /^\s*(localhost|127(\.\d+){3}|\[?::1\]?):\d+\s*$/;
  return (auth === undefined || auth.kind === 'none') && bootstrapServers.split(',').every((one) => local.test(one));
}

/** Empty variables are as good as absent ones. */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function given(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** `<package>-<program>`: the name in the nearest package.json, and the program's file without its ending. */
function applicationName(program: string | undefined): string {
  if (program === undefined || program === '') return 'event-bus-sdk';
  const parts = [packageAbove(dirname(program)), basename(program, extname(program))];
  return parts.flatMap((part) => part?.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+/, '') || []).join('-');
}

function packageAbove(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof found === 'object' && found !== null && 'name' in found && typeof found.name === 'string') {
      return found.name;
    }
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : packageAbove(parent);
}
