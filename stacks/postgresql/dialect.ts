import type { Dialect } from '../common/database/server.ts';
import { identifier as name } from './identifier.ts';

/** PostgreSQL. It waits to be asked: it has no greeting. */
export const postgresql: Dialect = {
  title: 'a PostgreSQL',
  read: async (login) => (await import('./adapters/read.ts')).readPostgresql(login),
  boundTo: () => undefined,
  prepare: (database, account, { there, lacks, characterSet }) =>
    there
      ? `in the database ${name(database)}: ${lacks.map((right) => `GRANT ${right} TO ${name(account)};`).join(' ')}`
      : `CREATE DATABASE ${name(database)} OWNER ${name(account)} ENCODING '${characterSet}' TEMPLATE template0;`,
  allowMore: (account) => `ALTER ROLE ${name(account)} CREATEDB;`,
  recode: (_database, characterSet) =>
    `make it anew with ENCODING '${characterSet}' TEMPLATE template0: an encoding is never changed`,
  serverCharacterSet: (characterSet) =>
    `make a cluster with initdb --encoding=${characterSet}, or each database beforehand with TEMPLATE template0`,
};
