import { environment } from '../../catalogue/environment.ts';
import { dimensions, metrics } from '../../catalogue/metrics.ts';
import { mappingBreaker } from '../../catalogue/outage-budget.ts';
import { AppError } from '../../core/errors/app-error.ts';
import {
  type BreakerLimits,
  breakerLimits,
  breakerStep,
  type Outage,
  withSign,
  withTrial,
} from '../../core/mapping-breaker.ts';
import { metricLine } from '../../core/metric-line.ts';
import type { Log } from '../batch/invocation-report.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Environment } from '../runtime.ts';
import type { MappingControl } from './mapping-control.ts';
import { type Sign, signsOf } from './signs.ts';

/** A mapping that the breaker looks after. */
export interface KnownMapping {
  readonly consumer: string;
  readonly topic: string;
  readonly id: string;
  readonly limits: BreakerLimits;
}

export interface MappingBreakerOptions {
  readonly mappings: readonly KnownMapping[];
  readonly control: MappingControl;
  readonly log: Log;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
  /** Writes one line of metrics; @default process.stdout */
  readonly writeMetrics?: (line: string) => void;
}

/**
 * Keeps the mappings of consumers from using up their retries in an outage. Called with the signs of one, it looks after
 * the mappings that they are about; called by the clock, after all.
 */
export function makeMappingBreaker(options: MappingBreakerOptions): (event: unknown) => Promise<void> {
  const { mappings, clock = Date.now, writeMetrics = writeLine } = options;
  return async (event) => {
    const signs = signsOf(event);
    const concerned =
      signs === null ? mappings : mappings.filter((mapping) => signs.some((sign) => isAbout(sign, mapping)));
    // One after the other: Lambda allows few such calls a second. One that fails does not keep the others waiting.
    const ended: PromiseSettledResult<Outage | null>[] = [];
    for (const mapping of concerned) {
      ended.push(...(await Promise.allSettled([lookAfter(mapping, signs ?? [], { ...options, clock })])));
    }
    if (signs === null) writeMetrics(outageLine(ended, clock()));
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
}

/** What is known of the mapping's outage afterwards. Whatever is done is remembered first, so that half a step is taken again. */
async function lookAfter(
  mapping: KnownMapping,
  signs: readonly Sign[],
  { control, log, clock }: Pick<Required<MappingBreakerOptions>, 'control' | 'log' | 'clock'>,
): Promise<Outage | null> {
  const seen = await control.see(mapping.id);
  const outage = signs
    .filter((sign) => isAbout(sign, mapping))
    .reduce<Outage | null>((known, { atMs }) => withSign(known, atMs), seen.outage);
  const nowMs = clock();
  const step = breakerStep({ state: seen.state, outage }, mapping.limits, nowMs);
  const after = step === 'forget' || outage === null ? null : step === 'switch-on' ? withTrial(outage, nowMs) : outage;
  if (after !== seen.outage) await control.remember(seen, after);
  if (step === 'none') return after;
  const { consumer, topic, id } = mapping;
  log.warn({ consumer, topic, mapping: id, step }, stepTexts[step]);
  if (step !== 'forget') await control.switch(seen, step === 'switch-on');
  return after;
}

const stepTexts = {
  'switch-off': 'the mapping is switched off before its retries are used up: a dependency is away',
  'switch-on': 'the mapping is switched on again to find out whether the dependency is back',
  forget: 'the outage is over',
} as const;

function isAbout({ consumer, topic }: Sign, mapping: KnownMapping): boolean {
  return mapping.consumer === consumer && mapping.topic === topic;
}

/** Written at every call of the clock, also in the best of times: its absence is an alarm too. */
function outageLine(ended: readonly PromiseSettledResult<Outage | null>[], nowMs: number): string {
  const minutes = ended.map((one) =>
    one.status === 'fulfilled' && one.value !== null ? (nowMs - one.value.sinceMs) / 60_000 : 0,
  );
  const value = Math.max(0, ...minutes);
  return metricLine(
    {
      dimensions: { [dimensions.service]: mappingBreaker },
      values: { [metrics.outageMinutes]: { value, unit: 'Count' } },
    },
    nowMs,
  );
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The mappings that the environment lists by consumer and topic, with the limits that the catalogue gives them. */
export function mappingsFromEnvironment(env: Environment): readonly KnownMapping[] {
  return Object.entries(listedMappings(env)).flatMap(([consumer, ids]) => {
    const limits = breakerLimits(declaredConsumer(consumer));
    return Object.entries(ids).map(([topic, id]) => ({ consumer, topic, id, limits }));
  });
}

function listedMappings(env: Environment): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const text = env[environment.mappings] ?? '';
  try {
    return JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  } catch (cause) {
    const what = `${environment.mappings} is "${text}", wanted JSON such as {"<consumer>":{"<topic>":"<id of the mapping>"}}`;
    throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', what, { cause });
  }
}
