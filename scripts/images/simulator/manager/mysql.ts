/** Enough of MySQL's client protocol to log in and see that a database is there. */
import type { StoreSettings } from './store-settings.ts';
import { authenticate, parseGreeting } from './mysql-login.ts';
import { MysqlConnection, serverError } from './mysql-packets.ts';

const COM = { quit: 1, initDb: 2, query: 3 };
const UNKNOWN_DATABASE = 1049;

/**
 * Logs in and selects the database; creates it when it is not there and the user may.
 *
 * @returns what was found, for the log.
 * @throws Error with the server's own words.
 */
export async function openMysql(store: StoreSettings): Promise<string> {
  const connection = await MysqlConnection.open(store.host, store.port);
  try {
    const greeting = parseGreeting(await connection.read());
    const encrypted = await authenticate(connection, greeting, store);
    const what =
      `metadata store ${store.host}:${store.port}: MySQL ${greeting.version}, logged in as ` +
      `${store.user}${encrypted ? ' over TLS' : ''}`;
    const selected = await command(connection, COM.initDb, store.database);
    if (selected === undefined) return `${what}, database ${store.database} found`;
    if (selected.code !== UNKNOWN_DATABASE) throw new Error(selected.text);
    const created = await command(
      connection,
      COM.query,
      `CREATE DATABASE IF NOT EXISTS \`${store.database.replaceAll('`', '``')}\` CHARACTER SET utf8mb4`,
    );
    if (created !== undefined) throw new Error(created.text);
    return `${what}, database ${store.database} created`;
  } finally {
    connection.command(COM.quit, '');
    connection.end();
  }
}

async function command(
  connection: MysqlConnection,
  code: number,
  text: string,
): Promise<{ code: number; text: string } | undefined> {
  connection.command(code, text);
  const answer = await connection.read();
  return answer[0] === 0xff ? serverError(answer) : undefined;
}
