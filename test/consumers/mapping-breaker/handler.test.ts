import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import {
  type KnownMapping,
  makeMappingBreaker,
  mappingsFromEnvironment,
} from '../../../src/consumers/mapping-breaker/handler.ts';
import type { ControlledMapping, MappingControl } from '../../../src/consumers/mapping-breaker/mapping-control.ts';
import { metricsLine } from '../../../src/core/embedded-metrics.ts';
import { breakerLimits, type Outage } from '../../../src/core/mapping-breaker.ts';

const minute = 60_000;
const startMs = Date.UTC(2026, 4, 4);
const limits = breakerLimits({ retryAttempts: 20, timeoutMs: 60_000 });
const mappings: readonly KnownMapping[] = ['sensor.raw', 'veh.events.raw'].map((topic) => ({
  consumer: 'telemetry-cleaner',
  topic,
  id: `id of ${topic}`,
  limits,
}));

/** Mappings in memory that switch at once, and may refuse. */
class MemoryControl implements MappingControl {
  readonly states = new Map<string, string>();
  readonly outages = new Map<string, Outage>();
  readonly done: string[] = [];
  refuses: string | null = null;

  see(id: string): Promise<ControlledMapping> {
    if (this.refuses === `see ${id}`) return Promise.reject(new Error('refused'));
    const outage = this.outages.get(id) ?? null;
    return Promise.resolve({ id, arn: id, state: this.states.get(id) ?? 'Enabled', outage });
  }

  remember({ id }: ControlledMapping, outage: Outage | null): Promise<void> {
    this.done.push(outage === null ? `forget ${id}` : `remember ${id}`);
    if (outage === null) this.outages.delete(id);
    else this.outages.set(id, outage);
    return Promise.resolve();
  }

  switch({ id }: ControlledMapping, on: boolean): Promise<void> {
    const what = `${on ? 'on' : 'off'} ${id}`;
    if (this.refuses === what) return Promise.reject(new Error('refused'));
    this.done.push(what);
    this.states.set(id, on ? 'Enabled' : 'Disabled');
    return Promise.resolve();
  }
}

function rig() {
  const control = new MemoryControl();
  const metrics: Record<string, unknown>[] = [];
  const state = { nowMs: startMs };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const handler = makeMappingBreaker({
    mappings,
    control,
    log,
    clock: () => state.nowMs,
    writeMetrics: (line) => metrics.push(JSON.parse(line) as Record<string, unknown>),
  });
  /** What a subscription delivers of an invocation of the cleaner. */
  const hear = (topic: string, waiting: number) => {
    const counts = {
      consumer: 'telemetry-cleaner',
      topic,
      applied: 0,
      skipped: {},
      deadLettered: 0,
      failed: 3,
      waiting,
    };
    const logEvents = [
      { timestamp: state.nowMs, message: `${metricsLine(counts, state.nowMs)}\n` },
      { timestamp: state.nowMs, message: 'a line of its own' },
    ];
    return handler({ awslogs: { data: gzipSync(JSON.stringify({ logEvents })).toString('base64') } });
  };
  return { control, metrics, state, hear, tick: () => handler({ 'detail-type': 'Scheduled Event' }) };
}

/** Signs of five minutes from one topic. */
async function outageOf(topic: string, { state, hear }: ReturnType<typeof rig>) {
  for (let signs = 0; signs < 6; signs += 1) {
    if (signs > 0) state.nowMs += minute;
    await hear(topic, 3);
  }
}

describe('signs of an outage', () => {
  test('switch off the mapping they are about and leave the others on', async () => {
    const all = rig();
    await outageOf('sensor.raw', all);
    expect(all.control.states).toEqual(new Map([['id of sensor.raw', 'Disabled']]));
    expect(all.control.done.at(-2)).toBe('remember id of sensor.raw');
  });

  test('are invocations that ended waiting, and no others', async () => {
    const { control, hear } = rig();
    await hear('sensor.raw', 0);
    await hear('wind.turbine.raw', 3);
    expect(control.done).toEqual([]);
  });
});

describe('the call of every minute', () => {
  test('switches a mapping on again, and forgets the outage when no more signs come', async () => {
    const all = rig();
    await outageOf('sensor.raw', all);
    const { control, state, tick } = all;
    state.nowMs += minute;
    await tick();
    expect(control.states.get('id of sensor.raw')).toBe('Enabled');
    control.done.length = 0;
    for (let minutes = 1; minutes < 10; minutes += 1) {
      state.nowMs += minute;
      await tick();
    }
    expect(control.done).toEqual([]);
    state.nowMs += minute;
    await tick();
    expect(control.done).toEqual(['forget id of sensor.raw']);
    await tick();
    expect(control.done).toEqual(['forget id of sensor.raw']);
  });

  test('takes a step again that was only remembered', async () => {
    const all = rig();
    const { control, state, tick } = all;
    control.refuses = 'off id of sensor.raw';
    await expect(outageOf('sensor.raw', all)).rejects.toThrow('refused');
    expect(control.states.size).toBe(0);
    control.refuses = 'on id of sensor.raw';
    await tick();
    expect(control.states.get('id of sensor.raw')).toBe('Disabled');
    state.nowMs += minute;
    await expect(tick()).rejects.toThrow('refused');
    control.refuses = null;
    await tick();
    expect(control.states.get('id of sensor.raw')).toBe('Enabled');
  });

  test('looks after the other mappings when one is out of reach, and then fails', async () => {
    const all = rig();
    await outageOf('veh.events.raw', all);
    all.control.refuses = 'see id of sensor.raw';
    await expect(all.tick()).rejects.toThrow('refused');
    expect(all.control.states.get('id of veh.events.raw')).toBe('Enabled');
  });

  test('tells how long the longest outage has lasted, and 0 in the best of times', async () => {
    const all = rig();
    await all.tick();
    await outageOf('sensor.raw', all);
    all.state.nowMs += 25 * minute;
    await all.tick();
    expect(all.metrics).toEqual([
      expect.objectContaining({ Service: 'mapping-breaker', OutageMinutes: 0 }),
      expect.objectContaining({ Service: 'mapping-breaker', OutageMinutes: 30 }),
    ]);
  });
});

test('the mappings come from the environment, with the limits of the catalogue', () => {
  const listed = JSON.stringify({ 'telemetry-cleaner': { 'sensor.raw': 'a', 'veh.events.raw': 'b' } });
  expect(mappingsFromEnvironment({ EVENT_BUS_MAPPINGS: listed })).toEqual([
    { consumer: 'telemetry-cleaner', topic: 'sensor.raw', id: 'a', limits },
    { consumer: 'telemetry-cleaner', topic: 'veh.events.raw', id: 'b', limits },
  ]);
});

test.each([[undefined], ['{'], ['{"nobody":{"t":"a"}}']])('an environment that lists %p is refused', (text) => {
  expect(() => mappingsFromEnvironment({ EVENT_BUS_MAPPINGS: text })).toThrow(
    expect.objectContaining({ code: 'EVENTBUS_CONSUMER_CONFIGURATION' }),
  );
});
