import { catalogue } from '../../catalogue/catalogue.ts';
import { environment } from '../../catalogue/environment.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import { makeAdmin } from '../../kafka/admin.ts';
import { dataDirectoryHolder } from '../../local/platform/data-directory.ts';
import { readEndpoints } from '../../local/platform/endpoints.ts';
import { defaultSettings, folders, maxRetentionMs } from '../../local/platform/settings.ts';
import { kafkaTarget } from '../connection-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { catalogueChecks } from './catalogue-checks.ts';
import type { DoctorFlags } from './command.ts';
import { diagnosisOf, doctorView } from './doctor-view.ts';
import { grpcCheck, mqttCheck, mqttsCheck } from './entrance-checks.ts';
import type { Check, Finding } from './finding.ts';
import { dataDirectoryCheck, freeSpaceCheck, lakeCheck, nodeCheck } from './installation-checks.ts';
import { type KafkaChecks, kafkaCheck, lagCheck } from './kafka-checks.ts';
import { lettersCheck } from './letters-check.ts';
import { freePortsCheck, heldPortsCheck, portsOf } from './port-checks.ts';
import { postgresCheck } from './postgres-check.ts';
import { queueCheck } from './queue-checks.ts';
import { runChecks } from './run-checks.ts';

const checkTimeoutMs = 15_000;

/** Runs every check and prints what it found; returns the exit code. */
export async function runDoctor(flags: DoctorFlags): Promise<number> {
  const { dataDir } = flags;
  const holder = dataDirectoryHolder(dataDir);
  const findings = [
    ...(await runChecks(checksHere(dataDir, holder), checkTimeoutMs)),
    ...(await kafkaFindings(flags, holder)),
    ...(await runChecks(partChecks(flags, holder), checkTimeoutMs)),
  ];
  const diagnosis = diagnosisOf({ dataDir, holder }, findings);
  process.stdout.write(`${flags.json ? JSON.stringify(diagnosis) : doctorView(diagnosis)}\n`);
  return diagnosis.counts.fail > 0 ? exitCodes.finding : exitCodes.ok;
}

/** What needs no running bus. */
function checksHere(dataDir: string, holder: number | undefined): readonly Check[] {
  const endpoints = readEndpoints(dataDir);
  const ports = portsOf(endpoints);
  return [
    nodeCheck(process.versions.node),
    dataDirectoryCheck({ path: dataDir, holder }),
    freeSpaceCheck(dataDir),
    lakeCheck(endpoints.lake),
    ...catalogueChecks(catalogue, { schemas, clusterMaxRetentionMs: maxRetentionMs }),
    holder === undefined ? freePortsCheck(ports) : heldPortsCheck(ports, holder),
  ];
}

async function kafkaFindings(flags: DoctorFlags, holder: number | undefined): Promise<readonly Finding[]> {
  const { connection, origin } = kafkaTarget(flags, process.env);
  if (origin === 'bus' && holder === undefined) return [];
  const admin = makeAdmin({ connection, clientId: 'event-bus-doctor', retries: 1 });
  const { maxPartitions } = defaultSettings;
  const checks: KafkaChecks = {
    admin,
    catalogue,
    servers: connection.bootstrapServers,
    partitionsOf: ({ partitions }) => (origin === 'bus' ? Math.min(partitions, maxPartitions) : partitions),
  };
  try {
    const found = await runChecks([kafkaCheck(checks)], checkTimeoutMs);
    const reached = found.some(({ check, status }) => check === 'Kafka' && status === 'ok');
    return reached ? [...found, ...(await runChecks([lagCheck(checks)], checkTimeoutMs))] : found;
  } finally {
    await admin.close();
  }
}

/** The other parts: those of the running bus, and what a flag names. */
function partChecks(flags: DoctorFlags, holder: number | undefined): readonly Check[] {
  const endpoints = readEndpoints(flags.dataDir);
  const named = flags.postgres ?? process.env[environment.databaseUrl];
  if (holder === undefined) return named === undefined ? [] : [postgresCheck(named)];
  return [
    postgresCheck(named ?? endpoints.postgres),
    lettersCheck(named ?? endpoints.postgres),
    mqttCheck(endpoints.mqtt),
    mqttsCheck(endpoints.mqtts, folders(flags.dataDir).certificates, Date.now()),
    grpcCheck(endpoints.grpc, endpoints.grpcTls, folders(flags.dataDir).certificates),
    queueCheck(endpoints.queue),
  ];
}
