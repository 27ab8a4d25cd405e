import type { Consumer } from '../../catalogue/model.ts';
import type { LogBounds } from './read-log.ts';

/** How far an audit looks into the log. */
export interface CapturedBounds {
  /** Records below these ends must have a fate. */
  readonly judged: readonly LogBounds[];
  /** Events below these ends count as effects: captured last, so that they hold all that judged records led to. */
  readonly read: readonly LogBounds[];
}

/** Resolves when these consumers have reached these ends. */
export type Reached = (bounds: readonly LogBounds[], consumers: readonly Consumer[]) => Promise<void>;

interface Capturing {
  readonly consumers: readonly Consumer[];
  readonly bounds: () => Promise<readonly LogBounds[]>;
  readonly reached?: Reached | undefined;
}

/**
 * Captures the ends below which records are judged. With `reached`, the ends of a topic that consumers write are captured
 * when those have reached the ends of what they read: whatever was in the log at the first capture is followed to its
 * last effect, and what arrives meanwhile counts nowhere, so that the waiting ends while devices go on sending.
 * Consumers that write no topic are waited for once, at the end: the lake takes its time, and once is enough.
 */
export async function captureJudged({ consumers, bounds, reached }: Capturing): Promise<readonly LogBounds[]> {
  if (reached === undefined) return bounds();
  const deriving = consumers.filter(({ sinks }) => sinks.some((sink) => sink.startsWith(topicSink)));
  const stageOf = stages(consumers);
  const last = Math.max(0, ...stageOf.values());
  const judged: LogBounds[] = [];
  for (let stage = 0; stage <= last; stage++) {
    if (stage > 0) await reached(judged, deriving);
    const now = await bounds();
    judged.push(...now.filter(({ topic }) => (stageOf.get(topic) ?? 0) === stage));
  }
  await reached(judged, consumers);
  return judged;
}

const topicSink = 'topic:';

/**
 * Steps of derivation that lie before each topic; topics that no consumer writes are left out. Topics that lead to each
 * other, as when a consumer adds steps to what it reads, stand at one step: no order among them would be the right one.
 */
function stages(consumers: readonly Consumer[]): ReadonlyMap<string, number> {
  const ways = consumers.map(({ topics, sinks }) => ({
    inputs: topics,
    outputs: sinks.filter((sink) => sink.startsWith(topicSink)).map((sink) => sink.slice(topicSink.length)),
  }));
  const leadsTo = reachable(ways);
  const found = new Map<string, number>();
  // A path through all consumers is the longest there can be.
  for (let round = 0; round < consumers.length; round++) {
    for (const { inputs, outputs } of ways) {
      for (const output of outputs) {
        const before = inputs.map((topic) => {
          const together = leadsTo.get(output)?.has(topic) === true;
          return (found.get(topic) ?? 0) + (together ? 0 : 1);
        });
        found.set(output, Math.max(found.get(output) ?? 0, ...before));
      }
    }
  }
  return found;
}

interface Way {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Topics that each topic leads to, over any number of consumers. */
function reachable(ways: readonly Way[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const { inputs, outputs } of ways) {
      for (const input of inputs) {
        const known = found.get(input) ?? new Set<string>();
        found.set(input, known);
        const before = known.size;
        for (const output of outputs) {
          known.add(output);
          for (const further of found.get(output) ?? []) known.add(further);
        }
        grown ||= known.size > before;
      }
    }
  }
  return found;
}
