/** Where photos lie in the object store: below their owner, so that a caller's own id is part of what he may read. */
export const photoPrefix = 'photos/';

/** Folder of a photo; `userId` and `photoId` may hold any characters. */
export function photoFolder(userId: string, photoId: string): string {
  return `${photoPrefix}${encodeURIComponent(userId)}/${encodeURIComponent(photoId)}`;
}

/** Key of the file as it was uploaded. */
export const originalKey = (userId: string, photoId: string): string => `${photoFolder(userId, photoId)}/original`;

/** Key of a thumbnail. */
export const thumbnailKey = (userId: string, photoId: string, name: string): string =>
  `${photoFolder(userId, photoId)}/thumbnails/${name}`;

/** Where the photo service serves a thumbnail to its owner, below its own address. */
export const thumbnailPath = (photoId: string, name: string): string =>
  `/photos/${encodeURIComponent(photoId)}/thumbnails/${name}`;

const fitting = /^\P{Cc}{1,128}$/u;

/** Whether a text can be the id of a photo, a batch or an owner: 1 to 128 characters, none of them a control character. */
export const isUsableId = (id: string | null): id is string =>
  id !== null && fitting.test(id) && id.isWellFormed() && encodeURIComponent(id).length <= 255;
