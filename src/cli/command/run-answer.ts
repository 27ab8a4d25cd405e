import { connectAsync } from 'mqtt';
import { commandsFilter } from '../../catalogue/ingest-rules.ts';
import { routes } from '../../catalogue/routes.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { topicOf } from '../../core/routing.ts';
import { readEndpoints } from '../../local/platform/endpoints.ts';
import { exitCodes } from '../exit-codes.ts';
import { watchInterruption } from '../terminal/interruption.ts';
import type { AnswerFlags } from './command.ts';

const repliesFilter = routes.find(({ name }) => name === 'command-replies')?.filter ?? '';

interface Told {
  readonly commandId: string;
  readonly command: string;
  readonly attempt: number;
}

/** Plays the vehicle until Ctrl-C: says that it listens, then answers each command once, whatever is repeated. */
export async function runAnswer(flags: AnswerFlags): Promise<number> {
  const { vehicle, json, silent, reject } = flags;
  const url = flags.target ?? readEndpoints(flags.dataDir).mqtt;
  const client = await connectAsync(url, { clientId: vehicle, reconnectPeriod: 1_000 }).catch((cause: unknown) => {
    throw new AppError('EVENTBUS_CLI_BUS_STOPPED', `the MQTT gateway does not answer at ${url}`, { cause });
  });
  const reply = (body: object) =>
    client.publishAsync(topicOf(repliesFilter, vehicle), JSON.stringify({ vehicleId: vehicle, ...body }), { qos: 1 });
  const say = (text: string, fields: object) =>
    process.stdout.write(json === true ? `${JSON.stringify(fields)}\n` : `${text}\n`);
  const answered = new Map<string, string>();
  client.on('message', (_topic, payload) => {
    const told = JSON.parse(payload.toString()) as Told;
    const known = answered.get(told.commandId);
    say(`${told.command} ${told.commandId}${known === undefined ? '' : `, repeated, answered ${known} before`}`, told);
    if (silent === true) return;
    const states = known === undefined ? (reject === true ? ['REJECTED'] : ['ACCEPTED', 'EXECUTED']) : [known];
    answered.set(told.commandId, states.at(-1) ?? '');
    void (async () => {
      for (const state of states) {
        await reply({ commandId: told.commandId, state, ...(state === 'REJECTED' ? { resultCode: 'refused' } : {}) });
      }
    })().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  });
  const listen = async () => {
    await client.subscribeAsync(topicOf(commandsFilter, vehicle), { qos: 1 });
    await reply({ state: 'LISTENING' });
  };
  // Sessions end with their connection: after each new one the vehicle subscribes and says so.
  client.on('connect', () => void listen().catch((error: unknown) => process.stderr.write(`${String(error)}\n`)));
  await listen();
  say(`${vehicle} listens on ${url}; Ctrl-C ends it`, { listening: vehicle, url });
  const interruption = watchInterruption();
  await new Promise<void>((resolve) => {
    if (interruption.signal.aborted) resolve();
    interruption.signal.addEventListener('abort', () => resolve());
  });
  await client.endAsync();
  return exitCodes.ok;
}
