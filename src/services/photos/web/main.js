import { listPhotos, readConfig, signIn, upload } from './api.js';
import { listen } from './live-events.js';
import { applyEvent, applyList, applyUpload, makePhotoState } from './photo-state.js';
import { makePhotoView } from './photo-view.js';
import { makeThumbnails } from './thumbnails.js';

const limits = { fileBytes: 20 * 1024 * 1024, files: 20, requestBytes: 60 * 1024 * 1024 };
/** A token of the page is good for an hour; a new one is taken well before. */
const tokenLifeMs = 45 * 60_000;
const userKey = 'photos-user';

const find = (id) => document.getElementById(id);
const parts = {
  signIn: find('sign-in'),
  signInForm: find('sign-in-form'),
  userName: find('user-name'),
  signInError: find('sign-in-error'),
  photos: find('photos'),
  user: find('user'),
  signOut: find('sign-out'),
  connection: find('connection'),
  drop: find('drop'),
  files: find('files'),
  sending: find('sending'),
  sendingText: find('sending-text'),
  sendingBar: find('sending-bar'),
  problem: find('problem'),
  list: find('uploads'),
  empty: find('empty'),
  happenings: find('happenings'),
  viewer: find('viewer'),
  viewerPicture: find('viewer-picture'),
  viewerName: find('viewer-name'),
};

let session;

async function start(user) {
  session?.end();
  sessionStorage.setItem(userKey, user);
  session = await startSession(user);
}

async function startSession(user) {
  const { realtimeUrl } = await readConfig();
  let signedIn = await signIn(user);
  let signedInAt = Date.now();
  const getToken = async () => {
    if (Date.now() - signedInAt > tokenLifeMs) {
      signedIn = await signIn(user);
      signedInAt = Date.now();
    }
    return signedIn.token;
  };
  const state = makePhotoState();
  const thumbnails = makeThumbnails(getToken);
  parts.list.replaceChildren();
  parts.happenings.replaceChildren();
  const view = makePhotoView(parts.list, { thumbnails, onOpen: (photo, size) => void open(photo, size, thumbnails) });
  const draw = inNextFrame(() => {
    view.draw(state);
    parts.empty.hidden = state.photos.size > 0;
  });
  show(user);
  let events = 0;
  const live = listen(realtimeUrl, {
    getToken,
    onEvent: (event) => {
      events += 1;
      parts.connection.dataset.events = String(events);
      if (applyEvent(state, event)) draw();
      if (event.name === 'batch:processing.completed') tell(`Batch of ${event.data.photosTotal} photos is done`);
    },
    onReload: async (why) => {
      if (why !== 'FIRST') tell('Too much was missed: everything is loaded anew');
      applyList(state, await listPhotos(await getToken()));
      draw();
    },
    onState: showConnection,
  });
  draw();
  return {
    send: (files) => sendAll(files, { getToken, state, draw }),
    end: () => {
      live.close();
      thumbnails.clear();
    },
  };
}

function show(user) {
  parts.user.textContent = user;
  parts.signIn.hidden = true;
  parts.photos.hidden = false;
  document.body.dataset.signedIn = user;
}

function inNextFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

const connectionTexts = {
  connecting: 'Connecting',
  live: 'Live',
  resumed: 'Live',
  away: 'Reconnecting',
};

function showConnection(now, why) {
  const before = parts.connection.dataset.state;
  parts.connection.dataset.state = now;
  parts.connection.textContent = connectionTexts[now];
  parts.connection.title = why ?? '';
  if (now === before) return;
  if (now === 'away') tell('Connection lost, trying again');
  if (now === 'live') tell('Connected');
  if (now === 'resumed') {
    const times = Number(parts.connection.dataset.resumed ?? 0) + 1;
    parts.connection.dataset.resumed = String(times);
    tell('Connected again, and caught up from where it stopped');
  }
}

/** A line in the list of what happened, which screen readers read out. */
function tell(text) {
  const line = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = new Date().toLocaleTimeString();
  line.append(time, ` ${text}`);
  parts.happenings.prepend(line);
  while (parts.happenings.children.length > 30) parts.happenings.lastChild.remove();
}

function complain(text) {
  parts.problem.textContent = text;
  parts.problem.hidden = text === '';
}

async function sendAll(files, { getToken, state, draw }) {
  complain('');
  const large = files.filter(({ size }) => size > limits.fileBytes);
  const empty = files.filter(({ size }) => size === 0);
  if (large.length > 0) complain(`Larger than 20 MB, not sent: ${large.map(({ name }) => name).join(', ')}`);
  const fitting = files.filter((file) => !large.includes(file) && !empty.includes(file));
  try {
    for (const group of groups(fitting)) {
      const key = crypto.randomUUID();
      showSending(group, 0);
      const onProgress = (share) => showSending(group, share);
      const answer = await upload(await getToken(), { files: group, key, onProgress });
      applyUpload(state, answer, Date.now());
      draw();
    }
  } catch (error) {
    complain(error.message);
  } finally {
    parts.sending.hidden = true;
  }
}

/** Groups that one request can carry; each becomes a batch. */
function groups(files) {
  const made = [];
  let bytes = 0;
  for (const file of files) {
    const last = made.at(-1);
    if (last === undefined || last.length === limits.files || bytes + file.size > limits.requestBytes) {
      made.push([file]);
      bytes = file.size;
    } else {
      last.push(file);
      bytes += file.size;
    }
  }
  return made;
}

function showSending(files, share) {
  const what = files.length === 1 ? files[0].name : `${files.length} photos`;
  parts.sending.hidden = false;
  parts.sendingText.textContent = `Sending ${what} · ${Math.round(share * 100)} %`;
  parts.sendingBar.value = share * 100;
}

async function open({ filename }, size, thumbnails) {
  parts.viewerName.textContent = filename;
  parts.viewerPicture.alt = filename;
  parts.viewerPicture.removeAttribute('src');
  parts.viewer.showModal();
  parts.viewerPicture.src = await thumbnails.show(size.url);
}

parts.signInForm.addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  const user = (submitted.submitter?.value || parts.userName.value).trim().toLowerCase();
  parts.signInError.hidden = true;
  start(user).catch((error) => {
    sessionStorage.removeItem(userKey);
    parts.signInError.textContent = error.message;
    parts.signInError.hidden = false;
  });
});

parts.signOut.addEventListener('click', () => {
  session?.end();
  sessionStorage.removeItem(userKey);
  location.reload();
});

parts.files.addEventListener('change', () => {
  const files = [...parts.files.files];
  parts.files.value = '';
  void session?.send(files);
});

for (const name of ['dragenter', 'dragover']) {
  parts.drop.addEventListener(name, (dragged) => {
    dragged.preventDefault();
    parts.drop.classList.add('over');
  });
}
for (const name of ['dragleave', 'drop']) {
  parts.drop.addEventListener(name, () => parts.drop.classList.remove('over'));
}
parts.drop.addEventListener('drop', (dropped) => {
  dropped.preventDefault();
  void session?.send([...dropped.dataTransfer.files]);
});
// A file that misses the field must not replace the page.
for (const name of ['dragover', 'drop']) document.addEventListener(name, (dragged) => dragged.preventDefault());

parts.viewer.addEventListener('click', ({ target }) => {
  if (target === parts.viewer) parts.viewer.close();
});

const remembered = sessionStorage.getItem(userKey);
if (remembered !== null) start(remembered).catch(() => sessionStorage.removeItem(userKey));
