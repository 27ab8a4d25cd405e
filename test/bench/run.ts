// `npm run bench [NAME …]`: every benchmark, or those named, one after another, each in a process of its own.
// Figures are medians of several runs beside a ceiling measured in the same run; see the head of each file.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const benchmarks = ['codec', 'engine', 'broker', 'mqtt', 'grpc', 'postgres', 'event-source', 'realtime', 'end-to-end'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benchmarks.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark named ${unknown.join(', ')}; there are ${benchmarks.join(', ')}\n`);
  process.exit(2);
}
let failed = 0;
for (const name of wanted.length > 0 ? wanted : benchmarks) {
  process.stdout.write(`\n== ${name} ==\n`);
  const file = join(import.meta.dirname, `${name}.ts`);
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', file], { stdio: 'inherit' });
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
