import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '@platformatic/kafka';
import { portsOf } from '../e2e/bus.ts';
import { audit } from '../e2e/observing.ts';
import type { Drill } from './drill.ts';
import { startLoad, until, untilCaughtUp } from './load.ts';

const killing: Drill = {
  name: 'kill-nine',
  title: 'the whole program is killed with -9 at random moments while readings come in, and audited after each kill',
  lengths: ['medium', 'long'],
  async run(context) {
    const rounds = Number(process.env['EVENT_BUS_DRILL_ROUNDS'] ?? (context.length === 'long' ? 100 : 20));
    let bus = await context.startBus();
    const ports = portsOf(bus.endpoints);
    const load = startLoad(bus.dataDir, 250);
    const startsMs: number[] = [];
    const broken: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const before = load.acknowledged;
      // A kill before readings come in again would only show that an idle bus can be killed.
      await until(() => load.acknowledged > before, 'readings come in');
      await sleep(context.random() * 2000);
      await bus.kill();
      const started = performance.now();
      bus = await context.startBus({ ports });
      startsMs.push(performance.now() - started);
      const { report } = await audit(bus);
      if (report.missing + report.duplicated > 0) {
        broken.push(`after kill ${round}: ${report.missing} missing, ${report.duplicated} twice`);
      }
      if (round % 10 === 0) context.say(`${round} kills, ${load.acknowledged} readings acknowledged`);
    }
    startsMs.sort((left, right) => left - right);
    context.say(`started again in ${Math.round(startsMs[startsMs.length >> 1] ?? 0)} ms (median)`);
    const { acknowledged } = await load.stop();
    return { bus, recoveryMs: await untilCaughtUp(bus), acknowledged, broken };
  },
};

const storming: Drill = {
  name: 'rebalance-storm',
  title: 'strangers join and leave a consumer’s group, so that its partitions move again and again',
  lengths: ['medium', 'long'],
  async run(context) {
    const bus = await context.startBus();
    const load = startLoad(bus.dataDir, 500);
    const joins = { short: 4, medium: 20, long: 40 }[context.length];
    for (let join = 0; join < joins; join += 1) {
      const stranger = new Consumer({
        clientId: `stranger-${join}`,
        groupId: 'timeseries-writer',
        bootstrapBrokers: [bus.endpoints.kafka],
        sessionTimeout: 6000,
        rebalanceTimeout: 6000,
      });
      try {
        // It takes partitions and commits nothing: what it read must be read again.
        const stream = await stranger.consume({
          topics: ['vehicle.telemetry.v1'],
          autocommit: false,
          mode: 'committed',
        });
        stream.on('error', () => {}).resume();
        await sleep(200 + context.random() * 600);
      } finally {
        await stranger.close(true).catch(() => {});
      }
    }
    context.say(`${joins} strangers joined and left`);
    const { acknowledged } = await load.stop();
    return { bus, recoveryMs: await untilCaughtUp(bus), acknowledged };
  },
};

export const processDrills: readonly Drill[] = [killing, storming];
