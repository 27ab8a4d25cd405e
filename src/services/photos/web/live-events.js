import { io } from './socket.io.esm.min.js';

/** Ids of events that came already, the newest last. */
const rememberedIds = 5_000;
const endedByServer = 'io server disconnect';

/**
 * Events of the signed-in user, live. Remembers how far it is: after a break it asks for what comes behind that place,
 * and learns when that is no longer to be had.
 *
 * @param getToken - a token that is still good
 * @param onEvent - told each event once
 * @param onReload - told when events were missed for good: what the page shows must be loaded again
 * @param onState - told of the connection: connecting, live, resumed, away
 */
export function listen(realtimeUrl, { getToken, onEvent, onReload, onState }) {
  const seen = new Set();
  let position;
  const socket = io(realtimeUrl, {
    transports: ['websocket'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 3_000,
    auth: (answer) => {
      getToken().then(
        (token) => answer(position === undefined ? { token } : { token, after: position }),
        () => answer({}),
      );
    },
  });

  const take = (name, data, meta) => {
    if (meta.position !== undefined) position = meta.position;
    if (seen.has(meta.id)) return;
    seen.add(meta.id);
    if (seen.size > rememberedIds) seen.delete(seen.values().next().value);
    onEvent({ name, data, time: meta.time, id: meta.id });
  };

  socket.on('session:ready', (session) => {
    const resumed = session.resume?.ok;
    position = session.position;
    if (resumed === false) onReload(session.resume.code);
    onState(resumed === true ? 'resumed' : 'live');
    if (resumed === undefined) onReload('FIRST');
  });
  socket.on('session:position', (told) => {
    position = told.position;
  });
  socket.on('inbox', (item, acknowledge) => {
    take(item.name, item.data, item.meta);
    acknowledge?.();
  });
  socket.onAny((name, ...args) => {
    if (!name.startsWith('photo:') && !name.startsWith('batch:')) return;
    const [data, meta, acknowledge] = args;
    take(name, data, meta);
    acknowledge?.();
  });
  socket.on('session:end', ({ message }) => onState('away', message));
  socket.on('connect_error', (error) => {
    onState('away', error.data?.message ?? 'The realtime gateway does not answer.');
    // A refusal ends the attempts; the next one brings a fresh token.
    if (!socket.active) setTimeout(() => socket.connect(), 3_000);
  });
  socket.on('disconnect', (reason) => {
    if (reason === 'io client disconnect') return;
    onState('away');
    if (reason === endedByServer) setTimeout(() => socket.connect(), 500);
  });
  onState('connecting');
  return { close: () => socket.disconnect() };
}
