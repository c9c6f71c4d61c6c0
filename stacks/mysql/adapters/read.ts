import type { Connection, RowDataPacket } from 'mysql2/promise';
import { withDeadline } from '../../common/database/adapters/deadline.ts';
import { rightsOf } from '../grants.ts';
import { mysqlRefusal } from '../refusals.ts';
import { LoginError, type DatabaseLogin, type DatabaseReading } from '../../common/database/reading.ts';
import { connectSecurely, tlsOf, type Security } from '../../common/database/adapters/secure.ts';

const CONNECT_MS = 5_000;

/**
 * Logs in to a MySQL and reads what it is and what the user may do. Only SELECT and SHOW, and settings of the session.
 * @throws LoginError, or Error with the driver's reason
 */
export async function readMysql(login: DatabaseLogin): Promise<DatabaseReading> {
  // 40 ms to load, and few commands need it. CommonJS: a bundle gives its names below `default` only.
  const { default: mysql } = await import('mysql2/promise');
  const open: Connection[] = [];
  const connect = async (security: Security): Promise<Connection> => {
    const { host, port, user, password } = login;
    // No database: one that is not there yet would end the login. Nothing is read from the machine's disk on a server's
    // demand.
    const connection = await mysql.createConnection({
      host,
      port,
      user,
      password,
      connectTimeout: CONNECT_MS,
      flags: ['-LOCAL_FILES'],
      ...(security === false ? {} : { ssl: security }),
    });
    open.push(connection);
    // Errors reach us by the questions; one without a listener would end the process.
    connection.on('error', () => undefined);
    // Some refusals are the answer to the first statement: an expired password, a failed init_connect. ANSI_QUOTES
    // would change how grants are quoted.
    await connection.query("SET SESSION sql_mode = ''");
    return connection;
  };
  const work = connectSecurely(login.authority, connect, failureOf).then(
    ({ connection, distrusted }) => read(connection, login, distrusted),
    (error: unknown) => {
      throw loginError(error);
    },
  );
  return withDeadline(work, () => open.forEach((connection) => connection.destroy()));
}

async function read(
  connection: Connection,
  login: DatabaseLogin,
  distrusted: string | undefined,
): Promise<DatabaseReading> {
  const ask = async (sql: string, values: string[] = []): Promise<string[][]> => {
    const [rows] = await connection.query<RowDataPacket[][]>({ sql, values, rowsAsArray: true });
    return rows.map((row) => row.map(String));
  };
  const [[version = '', comment = '', characterSet = '', user = ''] = []] = await ask(
    'SELECT VERSION(), @@version_comment, @@character_set_server, CURRENT_USER()',
  );
  const variables = new Map(
    (await ask("SHOW VARIABLES WHERE Variable_name IN ('require_secure_transport', 'partial_revokes')")).map(
      ([name = '', value = '']) => [name, value],
    ),
  );
  const [[database] = []] = await ask(
    'SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
    [login.database],
  );
  const required = variables.get('require_secure_transport');
  const at = user.lastIndexOf('@');
  return {
    version,
    product: /mariadb/i.test(`${version} ${comment}`) ? 'MariaDB' : 'MySQL',
    tls: {
      ...tlsOf(
        (connection as unknown as { connection: { stream: unknown } }).connection.stream,
        login.host,
        distrusted,
      ),
      required: required === undefined ? undefined : required === 'ON',
    },
    characterSet,
    database: database === undefined ? undefined : { characterSet: database },
    account: `'${user.slice(0, at)}'@'${user.slice(at + 1)}'`,
    rights: rightsOf(await grants(ask), login.database, { wildcards: variables.get('partial_revokes') !== 'ON' }),
  };
}

/** With what the roles give that are active after a login, which are those that the software's own login gets. */
async function grants(ask: (sql: string) => Promise<string[][]>): Promise<string[]> {
  // Roles came with MySQL 8.0; MariaDB has them, but not USING, and lists what they give by itself.
  const [[roles = 'NONE'] = []] = await ask('SELECT CURRENT_ROLE()').catch(() => [['NONE']]);
  const using =
    roles === 'NONE' || roles === 'null'
      ? []
      : await ask(`SHOW GRANTS FOR CURRENT_USER() USING ${roles}`).catch(() => []);
  return (using.length > 0 ? using : await ask('SHOW GRANTS')).flat();
}

function failureOf(error: unknown): 'no-tls' | 'distrusted' | undefined {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return 'no-tls';
  return code === 'HANDSHAKE_SSL_ERROR' ? 'distrusted' : undefined;
}

function loginError(error: unknown): unknown {
  const { errno, message } = error as { errno?: number; message: string };
  const known = mysqlRefusal(errno, message);
  if (known === undefined) return error;
  const words = errno === undefined ? '' : `${message} (${String(errno)}): `;
  return new LoginError(known.reason, `${words}${known.means}`, known.mend);
}
