import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface PasswordServer {
  readonly port: number;
  /** What clients gave as password, in the order they came. */
  readonly passwords: readonly string[];
  close(): Promise<void>;
}

const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
/** Authentication request for a password in clear text, which is what Aurora asks for when a user has `rds_iam`. */
const askPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
const accepted = Buffer.concat([Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]), readyForQuery]);

/** Speaks as much of PostgreSQL's protocol as a sign-in over TLS needs, and lets everyone in. */
export async function passwordServer(certificate: { key: string; certificate: string }): Promise<PasswordServer> {
  const passwords: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((plain) => {
    sockets.add(plain);
    plain.on('error', () => undefined);
    plain.once('data', () => {
      plain.write('S');
      const tls = new TLSSocket(plain, { isServer: true, key: certificate.key, cert: certificate.certificate });
      tls.on('error', () => undefined);
      tls.once('data', () => {
        tls.write(askPassword);
        tls.once('data', (message: Buffer) => {
          passwords.push(message.subarray(5, -1).toString());
          tls.write(accepted);
        });
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    passwords,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
