/** Loaded before a bus: every third new file below `objects` cannot be written while the text of `?file=` is `third`. */
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { faultFile } from './fault-file.ts';

const fault = faultFile(import.meta.url);
const open = promises.open.bind(promises);
let writes = 0;

promises.open = (path, flags, mode) => {
  if (flags === 'wx' && String(path).includes('/objects/') && fault.current() === 'third') {
    writes += 1;
    if (writes % 3 === 0) return Promise.reject(Object.assign(new Error('EIO: i/o error, open'), { code: 'EIO' }));
  }
  return open(path, flags, mode);
};
syncBuiltinESMExports();
