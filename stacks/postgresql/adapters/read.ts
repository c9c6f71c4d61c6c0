import type { Client } from 'pg';
import { withDeadline } from '../../common/database/adapters/deadline.ts';
import { LoginError, type DatabaseLogin, type DatabaseReading } from '../../common/database/reading.ts';
import { connectSecurely, tlsOf, type Security } from '../../common/database/adapters/secure.ts';

const CONNECT_MS = 5_000;
/** Which the server has if the one asked for is not made yet. */
const OTHERS = ['postgres', 'template1'];
const NO_SUCH_DATABASE = '3D000';

/**
 * Logs in to a PostgreSQL and reads what it is and what the user may do. Only SELECT.
 * @throws LoginError, or Error with the driver's reason
 */
export async function readPostgresql(login: DatabaseLogin): Promise<DatabaseReading> {
  const { default: pg } = await import('pg');
  const open: Client[] = [];
  const connectTo =
    (database: string) =>
    async (security: Security): Promise<Client> => {
      const { host, port, user, password } = login;
      const client = new pg.Client({
        host,
        port,
        user,
        password,
        database,
        connectionTimeoutMillis: CONNECT_MS,
        application_name: 'bundle check',
        // Names are judged afterwards.
        ssl: security === false ? false : { ...security, checkServerIdentity: () => undefined },
      });
      open.push(client);
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
  const work = (async () => {
    let missing: unknown;
    for (const database of [login.database, ...OTHERS]) {
      try {
        const { connection, distrusted } = await connectSecurely(login.authority, connectTo(database), failureOf);
        return await read(connection, login, distrusted, database === login.database);
      } catch (error) {
        if ((error as { code?: string }).code !== NO_SUCH_DATABASE) throw loginError(error);
        missing = error;
      }
    }
    throw loginError(missing);
  })();
  return withDeadline(work, () => open.forEach((client) => void client.end().catch(() => undefined)));
}

async function read(
  client: Client,
  login: DatabaseLogin,
  distrusted: string | undefined,
  inside: boolean,
): Promise<DatabaseReading> {
  const ask = async <Row>(sql: string, values: string[] = []): Promise<Row | undefined> =>
    (await client.query(sql, values)).rows[0] as Row | undefined;
  // A new database is a copy of template1, its encoding too.
  const server = await ask<{ version: string; encoding: string; account: string; may: boolean }>(
    `SELECT current_setting('server_version') AS version, (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'template1') AS encoding,
       quote_ident(current_user) AS account, (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may`,
  );
  const database = await ask<{ encoding: string; connect: boolean; create: boolean }>(
    `SELECT pg_encoding_to_char(encoding) AS encoding, has_database_privilege(oid, 'CONNECT') AS connect, ` +
      `has_database_privilege(oid, 'CREATE') AS create FROM pg_database WHERE datname = $1`,
    [login.database],
  );
  // From 15 on, only a database's owner may make tables in it unless told otherwise.
  const schema = inside
    ? await ask<{ may: boolean }>(
        `SELECT coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), false) AS may`,
      )
    : undefined;
  const may = server?.may ?? false;
  return {
    version: server?.version ?? '',
    product: 'PostgreSQL',
    tls: {
      ...tlsOf((client as unknown as { connection: { stream: unknown } }).connection.stream, login.host, distrusted),
      required: undefined,
    },
    characterSet: server?.encoding ?? '',
    database: database === undefined ? undefined : { characterSet: database.encoding },
    account: server?.account ?? login.user,
    rights: {
      create: may,
      createLike: [],
      lacks: database === undefined ? (may ? [] : ['CREATEDB']) : lacking(database, schema?.may),
    },
  };
}

function lacking(database: { connect: boolean; create: boolean }, tables: boolean | undefined): string[] {
  return [
    ...(database.connect ? [] : ['CONNECT']),
    ...(database.create ? [] : ['CREATE']),
    ...(tables === false ? ['CREATE on the schema public'] : []),
  ];
}

function failureOf(error: unknown): 'no-tls' | 'distrusted' | undefined {
  const { code = '', message } = error as { code?: string; message: string };
  // The driver gives this one no code.
  if (message === 'The server does not support SSL connections') return 'no-tls';
  // Codes of node:tls for what OpenSSL finds wrong with a certificate.
  return /CERT|ISSUER|SIGNATURE|INVALID_CA|INVALID_PURPOSE/.test(code) ? 'distrusted' : undefined;
}

/** invalid_password. */
const WRONG_PASSWORD = '28P01';
/**
 * invalid_authorization_specification: pg_hba.conf has no line for this machine, this user, and TLS or not; or there is
 * no such role, or it may not log in.
 */
const NOT_LET_IN = '28000';

function loginError(error: unknown): unknown {
  const { code = '', severity, message } = error as { code?: string; severity?: string; message: string };
  // Only the server's own errors have a severity.
  if (severity === undefined) return error;
  if (code === NOT_LET_IN) return new LoginError(message.includes('pg_hba') ? 'host' : 'refused', message);
  // The others are of the server's own state: it is starting, or has no connection left.
  return code === WRONG_PASSWORD ? new LoginError('refused', message) : error;
}
