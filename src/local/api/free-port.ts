import { AppError } from '../../core/errors/app-error.ts';
import { type HttpApi, serveHttp } from '../../services/api/http-server.ts';
import type { Api } from '../../services/api/router.ts';

const portsToTry = 20;

/** Serves an API at the port, or the next free one when another program has it; 0 takes any. */
export async function serveOnFreePort(
  api: Api,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpApi> {
  for (let next = port; ; next += 1) {
    try {
      return await serveHttp({ api, host, port: next });
    } catch (error) {
      const taken = error instanceof AppError && error.code === 'EVENTBUS_LOCAL_PORT_TAKEN';
      if (!taken || port === 0 || next >= port + portsToTry || next >= 65_535) throw error;
    }
  }
}
