import { openLocalIssuer } from '../../local/auth/local-issuer.ts';
import { folders } from '../../local/platform/settings.ts';
import type { TokenFlags } from './command.ts';

/** Issues a token and prints it, alone on its line, so that a shell can put it into a variable. */
export async function runToken({ user, role: roles, expires, dataDir, json }: TokenFlags): Promise<void> {
  const issuer = await openLocalIssuer(folders(dataDir).auth);
  const token = await issuer.issue({ user, roles, lifetimeMs: expires });
  const expiresAt = new Date(Date.now() + expires).toISOString();
  process.stdout.write(json === true ? `${JSON.stringify({ token, user, roles, expiresAt })}\n` : `${token}\n`);
}
