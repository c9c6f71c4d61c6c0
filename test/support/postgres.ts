import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { poll } from '../../scripts/lab/poll.ts';

/** Where Debian's packages put it, newest last. */
const ROOT = '/usr/lib/postgresql';

/** The directory of the newest server's programs; undefined if none is installed. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(ROOT)
    ? readdirSync(ROOT)
        .filter((version) => existsSync(join(ROOT, version, 'bin', 'initdb')))
        .sort((a, b) => Number(a) - Number(b))
    : [];
  const newest = versions.at(-1);
  return newest === undefined ? undefined : join(ROOT, newest, 'bin');
}

const bin = postgresPrograms();

/** Why no test can have a PostgreSQL; undefined where it can. */
export const noPostgres =
  bin === undefined ? `no PostgreSQL below ${ROOT}: install Debian's postgresql package` : undefined;
if (noPostgres !== undefined) process.stderr.write(`SKIPPED: ${noPostgres}\n`);

/** A PostgreSQL refuses to run as root. */
const NOBODY = 65534;
export const SUPERUSER = { user: 'admin', password: 'admin-password' };

/** A real PostgreSQL on loopback, with TLS where a certificate is given, and a password asked of everyone. */
export class Postgres {
  readonly port: number;
  readonly #dir: string;
  readonly #process: ChildProcess;

  private constructor(port: number, dir: string, child: ChildProcess) {
    this.port = port;
    this.#dir = dir;
    this.#process = child;
  }

  /**
   * @param encoding of the cluster's templates
   * @param access lines of pg_hba.conf in place of initdb's; the superuser is let in anyway
   */
  static async start({
    tls,
    encoding = 'UTF8',
    access,
  }: { tls?: { certificate: string; key: string }; encoding?: string; access?: string[] } = {}): Promise<Postgres> {
    const dir = mkdtempSync(join(tmpdir(), 'bundle-postgres-'));
    const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const own = (path: string): void => {
      if ('uid' in as) chownSync(path, NOBODY, NOBODY);
    };
    own(dir);
    const put = async (name: string, text: string): Promise<string> => {
      await writeFile(join(dir, name), text, { mode: 0o600 });
      own(join(dir, name));
      return join(dir, name);
    };
    const data = join(dir, 'data');
    const password = await put('password', SUPERUSER.password);
    execFileSync(
      join(bin ?? '', 'initdb'),
      [
        '-D',
        data,
        '-U',
        SUPERUSER.user,
        '--pwfile',
        password,
        '-A',
        'scram-sha-256',
        '-E',
        encoding,
        '--locale=C',
        '--no-sync',
      ],
      { ...as, cwd: dir, stdio: 'ignore' },
    );
    if (access !== undefined) {
      const lines = [`host all ${SUPERUSER.user} 127.0.0.1/32 scram-sha-256`, ...access];
      await put(join('data', 'pg_hba.conf'), `${lines.join('\n')}\n`);
    }
    const port = await freePort();
    const secure =
      tls === undefined
        ? []
        : [
            'ssl=on',
            `ssl_cert_file=${await put('server.crt', tls.certificate)}`,
            `ssl_key_file=${await put('server.key', tls.key)}`,
          ];
    const settings = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${dir}`,
      'fsync=off',
      ...secure,
    ].flatMap((setting) => ['-c', setting]);
    const child = spawn(join(bin ?? '', 'postgres'), ['-D', data, ...settings], { ...as, cwd: dir, stdio: 'ignore' });
    const server = new Postgres(port, dir, child);
    try {
      await poll('PostgreSQL answers', 120_000, () =>
        server.sql('postgres', 'SELECT 1').then(
          () => true,
          () => undefined,
        ),
      );
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** As the superuser. */
  async sql(database: string, ...statements: string[]): Promise<void> {
    await this.sqlAs(SUPERUSER, database, ...statements);
  }

  async sqlAs(login: { user: string; password: string }, database: string, ...statements: string[]): Promise<void> {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, database, ...login, ssl: false });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit');
    // Fast shutdown.
    this.#process.kill('SIGINT');
    await gone;
    await rm(this.#dir, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
