import { join } from 'node:path';
import { ReplayFiles } from '../../services/replay/replay-state.ts';

/** The replays of the bus whose state is below `dataDir`. */
export function replayFiles(dataDir: string): ReplayFiles {
  return new ReplayFiles(join(dataDir, 'replays'));
}
