// `npm run drill -- [NAME …] [--seed N] [--length short|medium|long] [--keep]`: makes trouble, and shows that nothing was
// lost and nothing doubled. `--keep` leaves the folder of a bus that broke a promise.
import { parseArgs } from 'node:util';
import { lengths } from './drill.ts';
import { drills, runDrill } from './run-drill.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    length: { type: 'string', default: 'long' },
    keep: { type: 'boolean', default: false },
  },
});
const length = lengths.find((known) => known === values.length);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const unknown = positionals.filter((name) => !drills.some((drill) => drill.name === name));
if (unknown.length > 0) {
  process.stderr.write(`no drill ${unknown.join(', ')}; there are ${drills.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
if (length === undefined || !Number.isSafeInteger(seed)) {
  process.stderr.write(`--length takes ${lengths.join(', ')}, --seed a whole number\n`);
  process.exit(2);
}

const say = (line: string) => process.stdout.write(`  ${line}\n`);
let failed = 0;
const chosen = drills.filter(({ name, lengths }) =>
  positionals.length > 0 ? positionals.includes(name) : lengths.includes(length),
);
for (const drill of chosen) {
  process.stdout.write(`${drill.name}: ${drill.title} (seed ${seed})\n`);
  const { broken, acknowledged, recoveryMs, peakBytes } = await runDrill(drill, {
    length,
    seed,
    say,
    keep: values.keep,
  });
  say(`${acknowledged} readings acknowledged; caught up ${(recoveryMs / 1000).toFixed(1)} s after the trouble`);
  say(`memory at most ${Math.round(peakBytes / 1024 ** 2)} MB`);
  for (const promise of broken) say(`BROKEN: ${promise}`);
  say(broken.length === 0 ? 'nothing missing, nothing twice, order kept' : 'FAILED');
  if (broken.length > 0) failed += 1;
}
process.stdout.write(`${chosen.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
