import type { ExternalDatabase } from '../../sdk/definition.ts';

type Kind = ExternalDatabase['kind'];

const name = (kind: Kind, text: string): string =>
  kind === 'mysql' ? `\`${text.replaceAll('`', '``')}\`` : `"${text.replaceAll('"', '""')}"`;
/** Of GRANT, where `_` and `%` are wildcards. */
const pattern = (text: string): string => name('mysql', text.replace(/[\\_%]/g, '\\$&'));

/** SQL for an administrator to run; never run by us. `account` is as the server itself writes it. */
export const statements = {
  /** The database, and the right to use it. */
  prepare(kind: Kind, database: string, account: string, { there }: { there: boolean }): string {
    if (kind === 'mysql')
      return (
        `${there ? '' : `CREATE SCHEMA ${name(kind, database)} CHARACTER SET utf8mb4; `}GRANT ALL PRIVILEGES ON ` +
        `${pattern(database)}.* TO ${account};`
      );
    return there
      ? `ALTER DATABASE ${name(kind, database)} OWNER TO ${account};`
      : `CREATE DATABASE ${name(kind, database)} OWNER ${account} ENCODING 'UTF8' TEMPLATE template0;`;
  },
  /** The right to make more, of names that are not known. */
  allowMore: (kind: Kind, account: string): string =>
    kind === 'mysql' ? `GRANT ALL PRIVILEGES ON *.* TO ${account};` : `ALTER ROLE ${account} CREATEDB;`,
  recode: (kind: Kind, database: string): string =>
    kind === 'mysql'
      ? `ALTER SCHEMA ${name(kind, database)} CHARACTER SET utf8mb4; tables that are there keep theirs`
      : `make it anew with ENCODING 'UTF8' TEMPLATE template0: an encoding is never changed`,
  serverCharacterSet: (kind: Kind, characterSet: string): string =>
    kind === 'mysql'
      ? `start the server with --character-set-server=${characterSet}`
      : `make a cluster with initdb --encoding=${characterSet}, or each database beforehand with TEMPLATE template0`,
};
