import { servePart } from '../../../src/local/platform/part-thread.ts';

/** A part that works until it is closed: then it fails, with a timer still running. */
await servePart(async () => {
  setInterval(() => undefined, 1000);
  return { ready: 'ready', status: () => 'working', close: () => Promise.reject(new Error('cannot close')) };
});
