import type { Dialect } from '../common/database/server.ts';
import { readGreeting } from './greeting.ts';

const name = (text: string): string => `\`${text.replaceAll('`', '``')}\``;
/** Of GRANT, where `_` and `%` are wildcards. */
const pattern = (text: string): string => name(text.replace(/[\\_%]/g, '\\$&'));

/** MySQL, and MariaDB, which calls itself by that name. */
export const mysql: Dialect = {
  title: 'a MySQL',
  read: async (login) => (await import('./adapters/read.ts')).readMysql(login),
  greeting: readGreeting,
  // A user's rights depend on where he comes from.
  boundTo: (account) => {
    const from = /@'(.*)'$/.exec(account)?.[1];
    return from === '%' ? undefined : from;
  },
  prepare: (database, account, { there, characterSet }) =>
    (there ? '' : `CREATE SCHEMA ${name(database)} CHARACTER SET ${characterSet}; `) +
    `GRANT ALL PRIVILEGES ON ${pattern(database)}.* TO ${account};`,
  allowMore: (account) => `GRANT ALL PRIVILEGES ON *.* TO ${account};`,
  recode: (database, characterSet) =>
    `ALTER SCHEMA ${name(database)} CHARACTER SET ${characterSet}; tables that are there keep theirs`,
  serverCharacterSet: (characterSet) => `start the server with --character-set-server=${characterSet}`,
};
