import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { paths } from '../../../src/local/postgres/data-folder.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/local/postgres/embedded-postgres.ts';
import { message } from '../../../src/local/postgres/wire.ts';
import { makePool, onConnection } from '../../../src/postgres/pool.ts';
import { prepareDataDir } from '../../make/postgres.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const run = promisify(execFile);
const hasPsql = spawnSync('psql', ['--version']).status === 0;

/** Sends bytes on a connection of their own and returns what came back until its end. */
function talk(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const answers: Buffer[] = [];
    socket.on('data', (chunk) => answers.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(answers).toString('latin1')));
    socket.on('error', reject);
  });
}

/** Sends bytes and returns the answer up to ReadyForQuery, however it is cut on the way. */
function exchange(socket: Socket, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const take = (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('Z\0\0\0\u0005I')) return;
      socket.off('data', take);
      resolve(answer);
    };
    socket.on('data', take).once('error', reject);
    socket.write(bytes);
  });
}

const startUp = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]);

function askKept(client: Client) {
  return client.query({ name: 'kept', text: 'select 1 as n' });
}

const folder = temporaryDirectory();
let postgres: EmbeddedPostgres;
const open: Client[] = [];

const client = async (url = postgres.url) => {
  const made = new Client({ connectionString: url, pipeline: true });
  made.on('error', () => undefined);
  await made.connect();
  open.push(made);
  return made;
};

beforeAll(async () => {
  await prepareDataDir(folder.path);
  // A client of these tests may have to wait so long for a processor in the middle of a transaction.
  postgres = await startEmbeddedPostgres({ dataDir: folder.path, port: 0, maxConnections: 20, maxStallMs: 2_000 });
});

afterAll(async () => {
  await Promise.all(open.map((one) => one.end()));
  await postgres.close();
  folder.remove();
});

describe('clients side by side', () => {
  test('transactions of many clients never mix', async () => {
    const clients = await Promise.all([client(), client(), client(), client()]);
    await clients[0]?.query('create table turn (who int, n int)');
    const work = clients.map(async (one, who) => {
      for (let round = 0; round < 10; round += 1) {
        await one.query('begin');
        await one.query('insert into turn values ($1, $2)', [who, round]);
        const seen = await one.query('select count(*)::int as n from turn where who = $1', [who]);
        await one.query(round % 2 === 0 ? 'commit' : 'rollback');
        expect(seen.rows).toEqual([{ n: Math.floor(round / 2) + (round % 2) + 1 }]);
      }
    });
    await Promise.all(work);
    const reader = await client();
    const { rows } = await reader.query('select who, count(*)::int as n from turn group by 1 order by 1');
    expect(rows).toEqual([0, 1, 2, 3].map((who) => ({ who, n: 5 })));
  });

  test('each client has prepared statements of its own under the same name', async () => {
    const clients = await Promise.all([client(), client(), client()]);
    const answers = await Promise.all(
      clients.flatMap((one, index) =>
        [1, 2, 3, 4, 5, 6, 7].map((value) =>
          one.query({ name: 'same', text: `select $1::int * ${10 ** index} as n`, values: [value] }),
        ),
      ),
    );
    expect(answers.map(({ rows }) => (rows[0] as { n: number }).n)).toEqual(
      [1, 10, 100].flatMap((factor) => [1, 2, 3, 4, 5, 6, 7].map((value) => value * factor)),
    );
  });

  test('deallocate reaches the client’s own statements only', async () => {
    const [one, other] = [await client(), await client()];
    await askKept(one);
    await askKept(other);
    await one.query('deallocate all');
    await expect(askKept(one)).rejects.toThrow(/prepared statement .* does not exist/);
    expect((await askKept(other)).rows).toEqual([{ n: 1 }]);
    await other.query('deallocate kept');
    await expect(askKept(other)).rejects.toThrow(/prepared statement .* does not exist/);
  });

  test('an unnamed statement outlives what other clients prepare in between', async () => {
    const sync = message('S');
    const parse = message('P', '', "select 'mine'", Buffer.alloc(2));
    const bind = message('B', '', '', Buffer.alloc(6));
    const execute = message('E', '', Buffer.alloc(4));
    const other = await client();
    const socket = connect(postgres.port, '127.0.0.1');
    await exchange(socket, startUp);
    await exchange(socket, Buffer.concat([parse, sync]));
    await other.query('select $1::text as theirs', ['x']);
    const answer = await exchange(socket, Buffer.concat([bind, execute, sync]));
    socket.destroy();
    expect(answer).toContain('mine');
    // No answer to a Parse that the client did not send this time.
    expect(answer.startsWith('2\0\0\0\u0004')).toBe(true);
  });

  test('an error leaves the connection usable, in and out of a transaction', async () => {
    const one = await client();
    await expect(one.query('select $1::int / 0', [1])).rejects.toMatchObject({ code: '22012' });
    await one.query('begin');
    await expect(one.query('select nothing')).rejects.toMatchObject({ code: '42703' });
    await expect(one.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await one.query('rollback');
    expect((await one.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  test('a client that dies inside a transaction is rolled back and holds up nobody', async () => {
    const [dying, other] = [await client(), await client()];
    await dying.query('create table dying (n int)');
    await dying.query('begin');
    await dying.query('insert into dying values (1)');
    (dying as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    expect((await other.query('select * from dying')).rows).toEqual([]);
  });

  test('a client that idles inside a transaction while others wait loses its connection', async () => {
    const [idle, other] = [await client(), await client()];
    await idle.query('create table idle (n int)');
    await idle.query('begin');
    await idle.query('insert into idle values (1)');
    expect((await other.query('select * from idle')).rows).toEqual([]);
    await expect(idle.query('commit')).rejects.toThrow(/idle while other connections waited|terminated|not queryable/);
  });
});

describe('the front door', () => {
  test('clients beyond the limit are refused with PostgreSQL’s own code', async () => {
    const crowd: Client[] = [];
    const refused = (async () => {
      for (;;) crowd.push(await client());
    })();
    await expect(refused).rejects.toMatchObject({ code: '53300' });
    expect(crowd.length).toBeGreaterThan(2);
    await Promise.all(crowd.map((one) => one.end()));
    // The server counts a connection until it has seen it end.
    while ((await talk(postgres.port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))).includes('53300')) await sleep(20);
  });

  test('what is no PostgreSQL client is told so and harms nobody', async () => {
    expect(await talk(postgres.port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toContain('08P01');
    const unknown = Buffer.concat([startUp, Buffer.from('!\0\0\0\u0004')]);
    expect(await talk(postgres.port, unknown)).toContain('unknown message type 33');
    const oversize = Buffer.concat([startUp, Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff])]);
    expect(await talk(postgres.port, oversize)).toContain('claims 2147483648 bytes');
    expect((await (await client()).query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  test('mutated protocol bytes end connections, never the server', async () => {
    const sound = Buffer.from(
      'P\0\0\0\u0012\0select $1\0\0\0B\0\0\0\u000c\0\0\0\0\0\0\0\0E\0\0\0\u0009\0\0\0\0\0S\0\0\0\u0004',
    );
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 150; round += 1) {
      const bytes = Buffer.concat([startUp, sound]);
      for (let flips = 0; flips <= random(4); flips += 1) bytes[startUp.length + random(sound.length)] = random(256);
      const socket = connect(postgres.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.end(bytes);
      await new Promise((resolve) => socket.on('close', resolve).resume());
    }
    expect((await (await client()).query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  test('settings of a client are put back when it leaves', async () => {
    const one = await client();
    await one.query('set search_path = nowhere');
    await one.end();
    const { rows } = await (await client()).query('show search_path');
    expect(rows).toEqual([{ search_path: 'public' }]);
  });

  test('COPY that the engine could not survive is an ordinary error', async () => {
    const one = await client();
    await expect(one.query('begin; copy turn from stdin; commit')).rejects.toMatchObject({ code: '0A000' });
    await expect(one.query("copy (select 1) to program 'ls'")).rejects.toMatchObject({ code: '0A000' });
    await expect(one.query({ name: 'copying', text: 'copy turn from stdin' })).rejects.toMatchObject({ code: '0A000' });
    expect((await one.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  test('recursion without end is refused and does not end the engine', async () => {
    const one = await client();
    await one.query(`create function deep(n int) returns int language plpgsql as 'begin return deep(n + 1); end'`);
    await expect(one.query('select deep(1)')).rejects.toMatchObject({ code: '54001' });
    expect((await one.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  test('a second start on the same folder is refused', async () => {
    await expect(startEmbeddedPostgres({ dataDir: folder.path, port: 0 })).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_DATA_DIR_IN_USE',
      message: expect.stringContaining(folder.path),
    });
  });
});

describe('foreign clients', () => {
  if (!hasPsql) {
    test('psql is not installed, so it is not tried here', () => expect(hasPsql).toBe(false));
    return;
  }
  test('psql describes, queries and copies in and out', async () => {
    const rows = join(folder.path, 'rows.tsv');
    writeFileSync(rows, 'a\t1\nb\t2\n');
    const commands = [
      'create table copied (name text, n int)',
      `\\copy copied from ${rows}`,
      '\\copy copied to stdout',
    ];
    const words = [...commands, '\\d copied'].flatMap((command) => ['-c', command]);
    const { stdout } = await run('psql', [postgres.url, '-v', 'ON_ERROR_STOP=1', ...words]);
    expect(stdout).toContain('COPY 2\na\t1\nb\t2\n');
    expect(stdout).toMatch(/name\s+\| text/);
  });
});

describe('starting the embedded PostgreSQL', () => {
  test('a port that is taken leads to the next one, or to an error when no other may be tried', async () => {
    const folder = temporaryDirectory();
    await prepareDataDir(folder.path);
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    await expect(startEmbeddedPostgres({ dataDir: folder.path, port, portsToTry: 0 })).rejects.toMatchObject({
      code: 'EVENTBUS_LOCAL_PORT_TAKEN',
    });
    const postgres = await startEmbeddedPostgres({ dataDir: folder.path, port });
    expect(postgres.port).toBeGreaterThan(port);
    await postgres.close();
    other.close();
    folder.remove();
  });

  test('a folder that holds something else, or a damaged database, is named with the way out', async () => {
    const folder = temporaryDirectory();
    const { data } = paths(folder.path);
    mkdirSync(data);
    writeFileSync(join(data, 'letter.txt'), 'hello');
    const wayOut = /Move the folder away and start again.*replaying the topics/;
    const start = () => startEmbeddedPostgres({ dataDir: folder.path, port: 0 });
    await expect(start()).rejects.toMatchObject({ code: 'EVENTBUS_POSTGRES_DATA_DIR_CORRUPT' });
    await expect(start()).rejects.toThrow(wayOut);
    folder.remove();
    const damaged = temporaryDirectory();
    await prepareDataDir(damaged.path);
    writeFileSync(join(paths(damaged.path).data, 'global', 'pg_control'), Buffer.alloc(8192, 7));
    await expect(startEmbeddedPostgres({ dataDir: damaged.path, port: 0 })).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_DATA_DIR_CORRUPT',
      message: expect.stringMatching(wayOut),
    });
    expect(existsSync(join(paths(damaged.path).data, 'PG_VERSION'))).toBe(true);
    damaged.remove();
  });

  test('an engine that dies says so, and the next start continues with what was committed', async () => {
    const folder = temporaryDirectory();
    await prepareDataDir(folder.path);
    const stopped = Promise.withResolvers<unknown>();
    const dying = await startEmbeddedPostgres({ dataDir: folder.path, port: 0, onStopped: stopped.resolve });
    const pool = makePool(dying.url, { max: 1 });
    await pool.query('create table before (n int); insert into before values (7)');
    // Dynamic SQL hides from the front door what the engine cannot survive.
    const deadly = `do $$ begin execute 'copy (select 1) to ' || 'program ''ls'''; end $$`;
    await expect(onConnection(pool, (one) => one.query(deadly))).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_UNAVAILABLE',
      failure: 'dependency',
    });
    expect(await stopped.promise).toMatchObject({ code: 'EVENTBUS_POSTGRES_ENGINE_STOPPED', failure: 'dependency' });
    await pool.end();
    await dying.close();
    const next = await startEmbeddedPostgres({ dataDir: folder.path, port: 0 });
    const again = makePool(next.url);
    expect((await again.query('select n from before')).rows).toEqual([{ n: 7 }]);
    await again.end();
    await next.close();
    folder.remove();
  });
});
