import { AppError } from '../../core/errors/app-error.ts';
import { photoLimits } from '../../core/photos/photo-limits.ts';
import type { PhotoCall } from './photo-call.ts';

/** A file as its uploader sent it. */
export interface UploadedFile {
  readonly filename: string;
  /** What the uploader says it is. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Largest request, bytes. */
export const maxUploadBytes = 64 * 1024 * 1024;
/** Most files in one request. */
export const maxUploadFiles = 20;
const maxNameLength = 200;

/**
 * The files of an upload: one as the body itself, or those of multipart/form-data, whatever their fields are called.
 *
 * @throws AppError EVENTBUS_PHOTO_UPLOAD_INVALID or _FILE_TOO_LARGE
 */
export async function readUpload(
  call: Pick<PhotoCall, 'headers' | 'query' | 'body'>,
): Promise<readonly UploadedFile[]> {
  const contentType = call.headers['content-type'] ?? '';
  const files = /^multipart\/form-data\b/i.test(contentType)
    ? await filesOfForm(call.body, contentType)
    : [fileOfBody(call, contentType)];
  if (files.length === 0) throw invalid('the form has no file');
  if (files.length > maxUploadFiles) throw invalid(`it has ${files.length} files, allowed are ${maxUploadFiles}`);
  for (const { filename, bytes } of files) {
    if (bytes.length === 0) throw invalid(`"${filename}" is empty`);
    if (bytes.length <= photoLimits.fileBytes) continue;
    const what = `"${filename}" has ${bytes.length} bytes, allowed are ${photoLimits.fileBytes}`;
    throw new AppError('EVENTBUS_PHOTO_FILE_TOO_LARGE', what);
  }
  return files;
}

async function filesOfForm(body: Buffer, contentType: string): Promise<readonly UploadedFile[]> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw invalid('the body is no multipart/form-data, or ends too early', cause);
    });
  const files = [...form.values()].filter((value) => typeof value !== 'string');
  return Promise.all(
    files.map(async (file) => ({
      filename: nameOf(file.name),
      contentType: file.type.slice(0, maxNameLength),
      bytes: new Uint8Array(await file.arrayBuffer()),
    })),
  );
}

function fileOfBody({ query, body }: Pick<PhotoCall, 'query' | 'body'>, contentType: string): UploadedFile {
  if (!/^image\/[\w.+-]+/i.test(contentType)) {
    throw invalid(`content-type is "${contentType.slice(0, 100)}"`);
  }
  return {
    filename: nameOf(query.get('filename') ?? ''),
    contentType: contentType.slice(0, maxNameLength),
    bytes: body,
  };
}

/** The last part of a path, without what cannot be shown. */
function nameOf(given: string): string {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const shown = last
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .slice(0, maxNameLength);
  return shown === '' ? 'photo' : shown;
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_PHOTO_UPLOAD_INVALID', what, { cause });
}
