import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { ensureDebianPackages, freePort, run, start, stop, untilListening } from './processes.ts';

/** Apache Kafka under test; raise it together with docs/differences.md. */
const kafkaVersion = '4.2.0';
const log4jVersion = '2.25.2';

const dependency = (group: string, artifact: string, version: string) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion)}
    ${dependency('org.apache.kafka', 'kafka-tools', kafkaVersion)}
    ${dependency('org.apache.logging.log4j', 'log4j-core', log4jVersion)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j2-impl', log4jVersion)}
  </dependencies>
</project>`;

/** Folder with the jars of Apache Kafka, fetched once from Maven Central. */
export function kafkaJars(cache: string): string {
  const home = join(cache, `kafka-${kafkaVersion}`);
  const jars = join(home, 'libs');
  if (existsSync(join(jars, `kafka_2.13-${kafkaVersion}.jar`))) return jars;
  ensureDebianPackages({ java: 'openjdk-17-jre-headless', mvn: 'maven' });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'pom.xml'), pom);
  process.stdout.write(`fetching Apache Kafka ${kafkaVersion} from Maven Central\n`);
  run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs', '-DincludeScope=runtime'], {
    cwd: home,
  });
  return jars;
}

/** A second listener as a cluster on AWS has one: TLS, and users with passwords who need access rules. */
export interface SecuredListener {
  /** File with the PEM texts of the broker's key and certificate. */
  readonly keyAndCertificate: string;
  /** Users by name, with their passwords. Whoever comes over plain TCP may do everything. */
  readonly users: Readonly<Record<string, string>>;
}

/** One KRaft node of Apache Kafka on a free port of the loopback address, with its data below `folder`. */
export async function startApacheKafka(cache: string, folder: string): Promise<Engine> {
  return startNode(cache, folder, { properties: {}, users: {} });
}

/** As `startApacheKafka`, with a secured listener and access rules in force. */
export async function startSecuredKafka(
  cache: string,
  folder: string,
  { keyAndCertificate, users }: SecuredListener,
): Promise<Engine & { readonly securedAddress: string }> {
  const port = await freePort();
  const listener = 'listener.name.secured';
  const properties = {
    securedPort: port,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    [`${listener}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512',
    [`${listener}.scram-sha-512.sasl.jaas.config`]: 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    [`${listener}.ssl.keystore.type`]: 'PEM',
    [`${listener}.ssl.keystore.location`]: keyAndCertificate,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': false,
  };
  const engine = await startNode(cache, folder, { properties, users });
  return { ...engine, securedAddress: `localhost:${port}` };
}

interface NodeOptions {
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  readonly users: Readonly<Record<string, string>>;
}

async function startNode(cache: string, folder: string, { properties: more, users }: NodeOptions): Promise<Engine> {
  const jars = kafkaJars(cache);
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  mkdirSync(folder, { recursive: true });
  writeFileSync(properties, serverProperties({ port, controllerPort, folder }, more));
  const java = (main: string) => ['-Xmx1g', '-cp', `${jars}/*`, main];
  const clusterId =
    run('java', [...java('kafka.tools.StorageTool'), 'random-uuid'])
      .trim()
      .split('\n')
      .at(-1) ?? '';
  const added = Object.entries(users).map(([name, password]) => `SCRAM-SHA-512=[name=${name},password=${password}]`);
  const scram = added.flatMap((user) => ['--add-scram', user]);
  run('java', [...java('kafka.tools.StorageTool'), 'format', '-t', clusterId, '-c', properties, ...scram]);
  const broker = start('java', [...java('kafka.Kafka'), properties], join(folder, 'kafka.log'));
  await untilListening(port, broker);
  return { address: `127.0.0.1:${port}`, stop: () => stop(broker) };
}

function serverProperties(
  at: { port: number; controllerPort: number; folder: string },
  { securedPort, ...more }: NodeOptions['properties'],
): string {
  const secured = securedPort === undefined ? '' : `,SECURED://localhost:${securedPort}`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${at.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPort}${secured}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${at.port}${secured}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(at.folder, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'group.initial.rebalance.delay.ms': 0,
    ...more,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
