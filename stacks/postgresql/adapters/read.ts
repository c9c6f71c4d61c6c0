import type { Client } from 'pg';
import { withDeadline } from '../../common/database/adapters/deadline.ts';
import { messageOf } from '../../../src/sdk/errors.ts';
import { LoginError, type DatabaseLogin, type DatabaseReading } from '../../common/database/reading.ts';
import { connectSecurely, tlsOf, type Security } from '../../common/database/adapters/secure.ts';
import { NO_SUCH_DATABASE, postgresqlRefusal } from '../refusals.ts';

const CONNECT_MS = 5_000;
/** Which the server has if the one asked for is not made yet. */
const OTHERS = ['postgres', 'template1'];

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
  const enter = async (): Promise<{ connection: Client; distrusted: string | undefined; inside: boolean }> => {
    /** Why the others let nobody in, once the server has said that the one asked for is not there. */
    const shut: string[] = [];
    for (const database of [login.database, ...OTHERS]) {
      const inside = database === login.database;
      try {
        return { ...(await connectSecurely(login.authority, connectTo(database), failureOf)), inside };
      } catch (error) {
        const missing = (error as { code?: string }).code === NO_SUCH_DATABASE;
        const known = postgresqlRefusal(error, { user: login.user, database });
        // Refused at one of the others only: the next may take the user.
        const decided = known?.reason === 'refused' || known?.reason === 'host';
        if (!missing && (inside || !decided)) throw known ?? error;
        if (!inside) shut.push(messageOf(error));
      }
    }
    throw new LoginError('absent', shut.join('; '));
  };
  const work = enter().then(({ connection, distrusted, inside }) => read(connection, login, distrusted, inside));
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
       current_user AS account, (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may`,
  );
  const database = await ask<{ encoding: string }>(
    'SELECT pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = $1',
    [login.database],
  );
  // Where a table goes whose name has no schema: the first of the search path that there is and that the user may use.
  const schema = inside
    ? await ask<{ name: string | null; may: boolean | null }>(
        `SELECT quote_ident(current_schema()) AS name, has_schema_privilege(current_schema(), 'CREATE') AS may`,
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
      lacks: database === undefined ? (may ? [] : ['CREATEDB']) : schema === undefined ? [] : lacking(schema),
    },
  };
}

/**
 * As GRANT names it. Druid makes tables alone, with their indexes, by bare names (documented: its PostgreSQLConnector
 * and SQLMetadataConnector); that the manager makes no more is inferred. The right to make schemas, CREATE on the
 * database, is not asked for.
 */
function lacking({ name, may }: { name: string | null; may: boolean | null }): string[] {
  if (name === null) return ['USAGE, CREATE ON SCHEMA public'];
  return may === true ? [] : [`CREATE ON SCHEMA ${name}`];
}

function failureOf(error: unknown): 'no-tls' | 'distrusted' | undefined {
  const { code = '', message } = error as { code?: string; message: string };
  // The driver gives this one no code.
  if (message === 'The server does not support SSL connections') return 'no-tls';
  // Codes of node:tls for what OpenSSL finds wrong with a certificate.
  return /CERT|ISSUER|SIGNATURE|INVALID_CA|INVALID_PURPOSE/.test(code) ? 'distrusted' : undefined;
}
