import { uploadsOf } from './photo-state.js';

const stageNames = {
  QUEUED: 'Starting',
  VALIDATION: 'Checking the file',
  METADATA: 'Reading its header',
  RESIZING: 'Shrinking',
  THUMBNAILS: 'Making thumbnails',
  STORING: 'Storing',
};
/** Width that a card is shown at, at most, in CSS pixels. */
const cardPx = 320;

/** Draws uploads into `list`, changing only what differs, so that focus and pictures stay where they are. */
export function makePhotoView(list, { thumbnails, onOpen }) {
  const drawn = new Map();

  function draw(state) {
    const uploads = uploadsOf(state);
    const wanted = new Set(uploads.map(({ id }) => id));
    for (const [id, section] of drawn) {
      if (wanted.has(id)) continue;
      section.root.remove();
      drawn.delete(id);
    }
    uploads.forEach((upload, index) => {
      const section = drawn.get(upload.id) ?? makeSection(upload, { thumbnails, onOpen });
      drawn.set(upload.id, section);
      section.update(upload);
      if (list.children[index] !== section.root) list.insertBefore(section.root, list.children[index] ?? null);
    });
  }

  return { draw };
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function makeSection({ id }, surroundings) {
  const root = element('section', 'upload');
  root.dataset.upload = id;
  const heading = element('h2', 'upload-title');
  const summary = element('p', 'upload-summary');
  const bar = element('progress', 'upload-progress');
  bar.max = 100;
  const head = element('div', 'upload-head');
  head.append(heading, summary);
  const cards = element('ul', 'cards');
  root.append(head, bar, cards);
  const drawn = new Map();

  return {
    root,
    update(upload) {
      setText(heading, titleOf(upload));
      setText(summary, summaryOf(upload));
      bar.value = upload.progress;
      bar.setAttribute('aria-label', `Progress of ${titleOf(upload)}`);
      root.dataset.state = upload.completed ? 'completed' : 'processing';
      root.toggleAttribute('data-failures', upload.failed > 0);
      for (const [index, photo] of upload.photos.entries()) {
        const card = drawn.get(photo.photoId) ?? makeCard(photo, surroundings);
        drawn.set(photo.photoId, card);
        card.update(photo);
        if (cards.children[index] !== card.root) cards.insertBefore(card.root, cards.children[index] ?? null);
      }
    },
  };
}

const timeOf = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

function titleOf({ isBatch, total, at }) {
  return isBatch ? `${total} photos, ${timeOf(at)}` : `One photo, ${timeOf(at)}`;
}

function summaryOf({ total, succeeded, failed, completed }) {
  const failures = failed === 0 ? '' : `, ${failed} failed`;
  if (completed) return failed === total ? 'None could be processed' : `Done${failures}`;
  return `${succeeded + failed} of ${total} done${failures}`;
}

function makeCard({ photoId }, { thumbnails, onOpen }) {
  const root = element('li', 'card');
  root.dataset.photo = photoId;
  const frame = element('button', 'frame');
  frame.type = 'button';
  frame.disabled = true;
  const picture = element('img', 'picture');
  picture.alt = '';
  picture.hidden = true;
  const mark = element('span', 'mark');
  mark.setAttribute('aria-hidden', 'true');
  frame.append(mark, picture);
  const name = element('p', 'name');
  const note = element('p', 'note');
  const bar = element('progress', 'card-progress');
  bar.max = 100;
  root.append(frame, name, bar, note);
  let shown;
  let opened = [];
  frame.addEventListener('click', () => onOpen(...opened));

  async function show(photo) {
    const sizes = [...(photo.thumbnails ?? [])].sort((left, right) => left.widthPx - right.widthPx);
    const fitting = sizes.find(({ widthPx }) => widthPx >= cardPx) ?? sizes.at(-1);
    if (fitting === undefined || shown === fitting.url) return;
    shown = fitting.url;
    frame.disabled = false;
    frame.setAttribute('aria-label', `Open ${photo.filename}`);
    opened = [photo, sizes.at(-1)];
    try {
      picture.src = await thumbnails.show(fitting.url);
      picture.alt = `Thumbnail of ${photo.filename}`;
      picture.hidden = false;
    } catch {
      shown = undefined;
      setText(note, 'The thumbnail cannot be loaded');
    }
  }

  return {
    root,
    update(photo) {
      root.dataset.state = photo.state;
      setText(name, photo.filename);
      name.title = photo.filename;
      if (bar.value !== photo.progress) bar.value = photo.progress;
      bar.setAttribute('aria-label', `Progress of ${photo.filename}`);
      bar.hidden = photo.state === 'completed' || photo.state === 'failed';
      setText(mark, photo.state === 'failed' ? '!' : '');
      setText(note, noteOf(photo));
      if (photo.state === 'completed') void show(photo);
    },
  };
}

function noteOf({ state, stage, progress, widthPx, heightPx, sizeBytes, errorDetail }) {
  switch (state) {
    case 'waiting':
      return 'Uploaded, waiting';
    case 'processing':
      return `${stageNames[stage] ?? 'Working'} · ${progress}\u00a0%`;
    case 'failed':
      return sentence(errorDetail ?? 'it could not be processed');
    default:
      return `${widthPx} × ${heightPx}${sizeBytes === null ? '' : ` · ${sizeText(sizeBytes)}`}`;
  }
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export function sizeText(bytes) {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
