import type { Metafile } from 'esbuild';
import type { Finding } from './rule.ts';

/** Bytes of minified code that a function may have: a cold start reads and compiles all of them. */
export const bundleBudgetBytes = 260_000;

/** A function that needs more than others, with what it needs it for. */
export interface LargerBudget {
  readonly bytes: number;
  readonly reason: string;
}

const postgres = 'the PostgreSQL client (85 kB) and the Avro codec with every schema (130 kB)';
const kafka = 'the Kafka client, of which 77 kB are the compressions of record batches (260 kB)';

/** Budgets above the usual one; a function that is not here has the usual one. */
export const largerBudgets: Readonly<Record<string, LargerBudget>> = {
  'timeseries-writer': { bytes: 330_000, reason: `Writes decoded records: ${postgres}.` },
  'window-aggregator': { bytes: 330_000, reason: `Sums decoded records: ${postgres}.` },
  'order-saga': {
    bytes: 640_000,
    reason: `Stores events, publishes them, and keeps sagas: ${postgres}, and ${kafka}.`,
  },
  'order-sweeper': {
    bytes: 620_000,
    reason: `Takes sagas on and publishes what is left in the outbox: ${postgres}, and ${kafka}.`,
  },
  'order-projector': { bytes: 340_000, reason: `Writes decoded records: ${postgres}.` },
  'orders-api': {
    bytes: 840_000,
    reason: `Stores and publishes events: ${postgres}, and ${kafka}; checks requests by their schemas (Ajv, 130 kB) and tokens (20 kB).`,
  },
  'realtime-inbox': { bytes: 330_000, reason: `Writes decoded records: ${postgres}.` },
  'dead-letter-processor': { bytes: 320_000, reason: `Stores letters with the version of their schema: ${postgres}.` },
  'alert-evaluator': { bytes: 610_000, reason: `Keeps state and publishes alerts: ${postgres}, and ${kafka}.` },
  'telemetry-cleaner': {
    bytes: 690_000,
    reason: `Keeps state, publishes, and reads times in the zones of their devices: ${postgres}, ${kafka}, and time zones (71 kB).`,
  },
  'inventory-projector': {
    bytes: 700_000,
    reason: `Keeps availability, publishes it, and reads times of bays: ${postgres}, ${kafka}, and time zones (71 kB).`,
  },
  'photo-processor': {
    bytes: 680_000,
    reason: `Decodes pictures (jpeg-js and pngjs, 51 kB), keeps how far they are, and publishes it: ${postgres}, and ${kafka}.`,
  },
  'domain-router': { bytes: 320_000, reason: `Routes decoded records, on the runtime of all consumers: ${postgres}.` },
  'command-dispatcher': {
    bytes: 620_000,
    reason: `Keeps commands and their events, publishes them, and sends to devices: ${postgres}, and ${kafka}.`,
  },
  'fleet-clock': {
    bytes: 610_000,
    reason: `Ends what is due, publishes it, and sends to devices: ${postgres}, and ${kafka}.`,
  },
  'fleet-dispatcher': { bytes: 610_000, reason: `Keeps assignments and publishes them: ${postgres}, and ${kafka}.` },
  'fleet-projector': { bytes: 610_000, reason: `Keeps states and publishes fallbacks: ${postgres}, and ${kafka}.` },
  'safety-desk': { bytes: 610_000, reason: `Keeps emergencies and publishes entries: ${postgres}, and ${kafka}.` },
  'safety-monitor': { bytes: 610_000, reason: `Keeps state and publishes emergencies: ${postgres}, and ${kafka}.` },
  'trip-tracker': { bytes: 610_000, reason: `Keeps state and publishes trips: ${postgres}, and ${kafka}.` },
  'turbine-monitor': { bytes: 610_000, reason: `Keeps state and publishes alerts: ${postgres}, and ${kafka}.` },
  'cluster-acls': {
    bytes: 480_000,
    reason: 'The administration client of Kafka, which looks its requests up by name. Runs once a deployment.',
  },
};

/** What no function may contain: the embedded platform, its engines, and what stacks are made with. */
const forbidden = [
  'src/local/',
  'src/cli/',
  'lib/stacks/',
  'node_modules/@electric-sql/',
  'node_modules/@duckdb/',
  'node_modules/aedes',
  'node_modules/aws-cdk-lib/',
  'node_modules/constructs/',
  'node_modules/@aws-sdk/',
] as const;

/** What is wrong with a function's bundle, by esbuild's own account of it. */
export function bundleFindings(name: string, metafile: Pick<Metafile, 'outputs'>): readonly Finding[] {
  const outputs = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined);
  const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
  const budget = largerBudgets[name]?.bytes ?? bundleBudgetBytes;
  const inputs = outputs.flatMap((output) => Object.keys(output.inputs));
  const findings = forbidden.flatMap((part): readonly Finding[] => {
    const found = inputs.find((input) => input.includes(part));
    return found === undefined
      ? []
      : [{ resource: name, message: `it contains ${found}, of what no function may have: ${part}` }];
  });
  if (bytes <= budget) return findings;
  const message = `it has ${kilobytes(bytes)} of minified code, allowed are ${kilobytes(budget)}; see meta.json beside it for what is in it, leave something out, or write its reason into lib/checks/bundles.ts`;
  return [...findings, { resource: name, message }];
}

/**
 * Ends a synthesis over a bundle that must not be deployed.
 * @throws {Error} with every finding
 */
export function assertBundle(name: string, metafile: Pick<Metafile, 'outputs'>): void {
  const findings = bundleFindings(name, metafile);
  if (findings.length === 0) return;
  throw new Error(`lambdas/${name}.ts:\n${findings.map(({ message }) => `- ${message}`).join('\n')}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
