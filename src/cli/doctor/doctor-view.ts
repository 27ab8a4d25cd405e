import type { Finding } from './finding.ts';

/** What the doctor found. */
export interface Diagnosis {
  /** Whether a bus runs on the data folder. */
  readonly bus: 'running' | 'stopped';
  /** Its process. */
  readonly pid: number | null;
  readonly dataDir: string;
  readonly counts: Readonly<Record<Finding['status'], number>>;
  readonly findings: readonly Finding[];
}

export function diagnosisOf(
  bus: Pick<Diagnosis, 'dataDir'> & { holder: number | undefined },
  findings: readonly Finding[],
): Diagnosis {
  const number = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  return {
    bus: bus.holder === undefined ? 'stopped' : 'running',
    pid: bus.holder ?? null,
    dataDir: bus.dataDir,
    counts: { ok: number('ok'), warn: number('warn'), fail: number('fail') },
    findings,
  };
}

export function doctorView({ bus, pid, dataDir, counts, findings }: Diagnosis): string {
  const state =
    bus === 'running'
      ? `The bus on ${dataDir} is running (process ${pid}).`
      : `The bus on ${dataDir} is stopped: its parts are not checked, only what its start needs.`;
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ status, check, message, fix }) => [
    `${status.padEnd(4)}  ${check.padEnd(width)}  ${message}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 8)}-> ${fix}`]),
  ]);
  return [state, '', ...lines, '', `${counts.ok} ok, ${counts.warn} to look at, ${counts.fail} failed`].join('\n');
}
