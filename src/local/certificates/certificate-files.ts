import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';

/** Paths of a key and its certificate, PEM. */
export interface CertificatePaths {
  readonly key: string;
  readonly certificate: string;
}

/** A key and its certificate, PEM texts. */
export interface CertificatePair {
  readonly key: string;
  readonly certificate: string;
}

/**
 * Reads a pair; undefined when there is none, or only the key (the program ended between the two writes).
 *
 * @throws AppError EVENTBUS_INGEST_CERTIFICATES_CORRUPT when the files cannot be read, or do not belong together
 */
export async function readPair(paths: CertificatePaths): Promise<CertificatePair | undefined> {
  const certificate = await readText(paths.certificate);
  if (certificate === undefined) return undefined;
  const key = await readText(paths.key);
  if (key === undefined) throw corrupt(paths.key, 'the key of an existing certificate is missing');
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
      throw corrupt(paths.certificate, 'certificate and key do not belong together');
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw corrupt(paths.certificate, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return { key, certificate };
}

/** Writes key, then certificate, each as a whole or not at all; only this user may read the key. */
export async function writePair(paths: CertificatePaths, pair: CertificatePair): Promise<void> {
  await mkdir(dirname(paths.key), { recursive: true, mode: 0o700 });
  await writeWhole(paths.key, pair.key);
  await writeWhole(paths.certificate, pair.certificate);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw corrupt(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, text, { mode: 0o600, flush: true });
  await rename(temporary, path);
}

function corrupt(path: string, why: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_INGEST_CERTIFICATES_CORRUPT', `${why}; directory ${dirname(path)}, file ${path}`, {
    cause,
  });
}
