import type { Dialect } from '../common/database/server.ts';

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** PostgreSQL. It waits to be asked: it has no greeting. */
export const postgresql: Dialect = {
  title: 'a PostgreSQL',
  read: async (login) => (await import('./adapters/read.ts')).readPostgresql(login),
  boundTo: () => undefined,
  prepare: (database, account, { there, characterSet }) =>
    there
      ? `ALTER DATABASE ${name(database)} OWNER TO ${account};`
      : `CREATE DATABASE ${name(database)} OWNER ${account} ENCODING '${characterSet}' TEMPLATE template0;`,
  allowMore: (account) => `ALTER ROLE ${account} CREATEDB;`,
  recode: (_database, characterSet) =>
    `make it anew with ENCODING '${characterSet}' TEMPLATE template0: an encoding is never changed`,
  serverCharacterSet: (characterSet) =>
    `make a cluster with initdb --encoding=${characterSet}, or each database beforehand with TEMPLATE template0`,
};
