/** Loaded before a bus: the wall clock of every thread stands as many ms off as the text of `?file=` says. */
import { faultFile } from './fault-file.ts';

const fault = faultFile(import.meta.url);
const RealDate = globalThis.Date;
const realNow = RealDate.now.bind(RealDate);

const shiftedNow = () => realNow() + Number(fault.current());
RealDate.now = shiftedNow;
globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(shiftedNow()).toString(),
  construct: (target, args: readonly unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget) as Date,
});
