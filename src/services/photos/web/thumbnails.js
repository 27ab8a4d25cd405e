import { fetchPicture } from './api.js';

const triesAtMost = 3;

/** Pictures as addresses that an `img` can show: they need the token, which an `img` cannot send. */
export function makeThumbnails(getToken) {
  const loaded = new Map();

  async function load(url) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return URL.createObjectURL(await fetchPicture(await getToken(), url));
      } catch (error) {
        if (attempt === triesAtMost) throw error;
        await new Promise((resolve) => setTimeout(resolve, attempt * 500));
      }
    }
  }

  return {
    /** Address of a picture in memory; each is fetched once. */
    show(url) {
      const known = loaded.get(url) ?? load(url);
      loaded.set(url, known);
      known.catch(() => loaded.delete(url));
      return known;
    },
    /** Lets go of all pictures. */
    clear() {
      for (const address of loaded.values()) address.then((made) => URL.revokeObjectURL(made)).catch(() => {});
      loaded.clear();
    },
  };
}
