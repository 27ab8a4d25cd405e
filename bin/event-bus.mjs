#!/usr/bin/env node
// The installed command: the CLI under the pinned Node.
process.argv.splice(2, 0, '--quiet', 'bin/event-bus.ts');
await import('./run.mjs');
