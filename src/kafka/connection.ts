import type { BaseOptions } from '@platformatic/kafka';
import { environment } from '../catalogue/environment.ts';
import { AppError } from '../core/errors/app-error.ts';
import { type AwsCredentials, credentialsFrom } from './aws-credentials.ts';
import { iamToken } from './iam-token.ts';

/** PEM texts for TLS; what is absent comes from the system. */
export interface KafkaTls {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** How a client proves who it is. All but `none` run over TLS. */
export type KafkaAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'tls'; readonly tls: KafkaTls }
  | { readonly kind: 'scram'; readonly username: string; readonly password: string; readonly tls: KafkaTls }
  | { readonly kind: 'iam'; readonly region: string; readonly credentials: () => Promise<AwsCredentials> };

/** Where the cluster is and how to get in; the only thing that differs between MSK, any Kafka and the embedded broker. */
export interface KafkaConnection {
  /** `host:port,host:port`. */
  readonly bootstrapServers: string;
  /** @default none: plain TCP, for loopback */
  readonly auth?: KafkaAuth;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the connection settings; throws `EVENTBUS_KAFKA_SETTINGS_INVALID` naming the variable at fault. */
export function connectionFromEnvironment(env: Environment): KafkaConnection {
  const bootstrapServers = required(env, environment.kafka);
  brokersOf(bootstrapServers);
  const kind = env[environment.kafkaAuth] ?? 'none';
  switch (kind) {
    case 'none':
      return { bootstrapServers };
    case 'tls':
      return { bootstrapServers, auth: { kind, tls: tlsFrom(env) } };
    case 'scram': {
      const username = required(env, environment.kafkaUsername);
      const password = required(env, environment.kafkaPassword);
      return { bootstrapServers, auth: { kind, username, password, tls: tlsFrom(env) } };
    }
    case 'iam':
      return {
        bootstrapServers,
        auth: { kind, region: required(env, 'AWS_REGION'), credentials: () => credentialsFrom(env) },
      };
    default:
      throw new AppError('EVENTBUS_KAFKA_SETTINGS_INVALID', `${environment.kafkaAuth} is "${kind}"`);
  }
}

/** Options of the Kafka client for a connection. `clientId` is what the cluster's logs and quotas see. */
export function clientOptions(connection: KafkaConnection, clientId: string): BaseOptions {
  const bootstrapBrokers = brokersOf(connection.bootstrapServers);
  const auth = connection.auth ?? { kind: 'none' };
  switch (auth.kind) {
    case 'none':
      return { clientId, bootstrapBrokers };
    case 'tls':
      return { clientId, bootstrapBrokers, ...tlsOptions(auth.tls) };
    case 'scram': {
      const { username, password } = auth;
      return {
        clientId,
        bootstrapBrokers,
        ...tlsOptions(auth.tls),
        sasl: { mechanism: 'SCRAM-SHA-512', username, password },
      };
    }
    case 'iam':
    default: {
      const token = async () => iamToken(auth.region, await auth.credentials(), new Date());
      return { clientId, bootstrapBrokers, ...tlsOptions({}), sasl: { mechanism: 'OAUTHBEARER', token } };
    }
  }
}

function tlsFrom(env: Environment): KafkaTls {
  const ca = env[environment.kafkaCa];
  const certificate = env[environment.kafkaCertificate];
  const key = env[environment.kafkaKey];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/** `tlsServerName: true` sends the broker's host name, which certificates are checked against. */
function tlsOptions({ ca, certificate, key }: KafkaTls): Pick<BaseOptions, 'tls' | 'tlsServerName'> {
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
  return { tls, tlsServerName: true };
}

function brokersOf(bootstrapServers: string): { host: string; port: number }[] {
  return bootstrapServers.split(',').map((text) => {
    const found = /^\s*\[?([^\s[\]]+?)\]?:(\d{1,5})\s*$/.exec(text);
    const host = found?.[1];
    const port = Number(found?.[2]);
    if (host === undefined || port < 1 || port > 65_535) {
      const what = `bootstrap server "${text.trim()}", allowed is host:port`;
      throw new AppError('EVENTBUS_KAFKA_SETTINGS_INVALID', what);
    }
    return { host, port };
  });
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new AppError('EVENTBUS_KAFKA_SETTINGS_INVALID', `${name} is not set`);
  return value;
}
