// The command line; run through bin/run.mjs so that the pinned Node starts it.
import { runProgram } from '../src/cli/program.ts';

process.exitCode = await runProgram(process.argv.slice(2));
