import { containerOf } from '../../common/containers.ts';
import { writeOver } from '../../common/write-over.ts';
import { MYSQL } from '../members.ts';

/** A command in the store's container, which has the password in MYSQL_PWD: it is read from the secret's file there. */
export const inStore = (stack: string, command: string, flags = ''): string =>
  `docker exec ${flags}${containerOf(stack, MYSQL)} sh -c 'export MYSQL_PWD=$(cat /run/secrets/store-password); ` +
  `${command}'`;

/** Of all databases, MySQL’s own as well. It has the hashes of all passwords: `secrets/` is left out by git. */
export const WHOLE_DUMP = 'secrets/dumps/imply-store.sql';

/** Without MySQL's own tables, which are those of its series and server; with Imply's passwords, as all dumps of it. */
export const DATA_DUMP = 'secrets/dumps/imply-store-data.sql';

const OWN_SCHEMAS = ['mysql', 'sys', 'information_schema', 'performance_schema'];
const NAMES = OWN_SCHEMAS.map((name) => `\\"${name}\\"`).join(',');
const DATABASES = `mysql -uroot -Ne "select schema_name from information_schema.schemata where schema_name not in (${NAMES})"`;

/** A line of the shell that writes such a dump of the stack's MySQL. */
export const makeDump = (stack: string, file: typeof WHOLE_DUMP | typeof DATA_DUMP): string => {
  const dump =
    file === WHOLE_DUMP
      ? 'mysqldump -uroot --all-databases --single-transaction --routines --events --set-gtid-purged=OFF'
      : `mysqldump -uroot --single-transaction --routines --events --set-gtid-purged=OFF --databases $(${DATABASES})`;
  return `(umask 077; mkdir -p secrets/dumps; ${writeOver(inStore(stack, dump), file)})`;
};

/** A command that reads one into the stack's MySQL. */
export const readDump = (stack: string, file: typeof WHOLE_DUMP | typeof DATA_DUMP): string =>
  `${inStore(stack, 'mysql -uroot', '-i ')} < ${file}`;
