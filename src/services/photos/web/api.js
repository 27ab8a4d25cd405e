/** Calls of the photo service. A failure carries the service's own sentence. */

export class ServiceError extends Error {
  constructor({ code = 'UNREACHABLE', detail = 'The photo service does not answer.' }) {
    super(detail);
    this.code = code;
  }
}

async function answered(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ServiceError(body);
  return body;
}

async function call(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new ServiceError({});
  });
  return answered(response);
}

export const readConfig = () => call('/config.json');

/** A token of the development issuer of this machine, for any name. */
export const signIn = (user) =>
  call('/demo-session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  });

export const listPhotos = (token) => call('/photos', { headers: { authorization: `Bearer ${token}` } });

export async function fetchPicture(token, url) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return response.ok ? response.blob() : answered(response);
}

const triesAtMost = 4;

/** Uploads files as one batch; tells the share that is sent. Repeats what failed on the way, with the same key. */
export async function upload(token, { files, key, onProgress }) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendFiles(token, { files, key, onProgress });
    } catch (error) {
      const again = error.code === 'UNREACHABLE' || error.code === 'EVENTBUS_PHOTO_UPLOAD_BUSY';
      if (!again || attempt === triesAtMost) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 1_000));
    }
  }
}

/** `fetch` does not tell how much is sent. */
function sendFiles(token, { files, key, onProgress }) {
  const form = new FormData();
  for (const file of files) form.append('photos', file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/photos');
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.setRequestHeader('idempotency-key', key);
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total));
    request.addEventListener('load', () => {
      if (request.status === 202) resolve(request.response);
      else reject(new ServiceError(request.response ?? {}));
    });
    request.addEventListener('error', () => reject(new ServiceError({})));
    request.send(form);
  });
}
