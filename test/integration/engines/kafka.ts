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

/** One KRaft node of Apache Kafka on a free port of the loopback address, with its data below `folder`. */
export async function startApacheKafka(cache: string, folder: string): Promise<Engine> {
  const jars = kafkaJars(cache);
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  mkdirSync(folder, { recursive: true });
  writeFileSync(properties, serverProperties({ port, controllerPort, folder }));
  const java = (main: string) => ['-Xmx1g', '-cp', `${jars}/*`, main];
  const clusterId =
    run('java', [...java('kafka.tools.StorageTool'), 'random-uuid'])
      .trim()
      .split('\n')
      .at(-1) ?? '';
  run('java', [...java('kafka.tools.StorageTool'), 'format', '-t', clusterId, '-c', properties]);
  const broker = start('java', [...java('kafka.Kafka'), properties], join(folder, 'kafka.log'));
  await untilListening(port, broker);
  return { address: `127.0.0.1:${port}`, stop: () => stop(broker) };
}

function serverProperties(at: { port: number; controllerPort: number; folder: string }): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${at.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${at.port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(at.folder, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'group.initial.rebalance.delay.ms': 0,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
