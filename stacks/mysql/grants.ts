import type { DatabaseRights } from '../common/database/reading.ts';

/** What making tables, and reading and writing them, takes at the least. */
const NEEDED = ['CREATE', 'ALTER', 'DROP', 'INDEX', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'];

interface Grant {
  revoked: boolean;
  privileges: string[];
  /** Pattern of databases' names; undefined: all. */
  database: string | undefined;
}

/**
 * What lines of SHOW GRANTS allow (MySQL reference manual, "GRANT statement"). Grants on single tables, columns and
 * routines make no database and are left out; so are rows of a less specific pattern that a more specific one would
 * hide from the server, which matters only to rights that were given in part.
 * @param names.wildcards false if `_` and `%` in a grant stand for themselves (`partial_revokes`)
 */
export function rightsOf(lines: readonly string[], database: string, names: { wildcards: boolean }): DatabaseRights {
  const grants = lines.flatMap(parse);
  const covers = (pattern: string | undefined): boolean =>
    pattern === undefined || matches(pattern, database, names.wildcards);
  const given = (needed: string, among: Grant[]): boolean =>
    among.some(({ privileges }) => privileges.includes(needed) || privileges.includes('ALL PRIVILEGES'));
  const global = grants.filter((grant) => !grant.revoked && grant.database === undefined);
  const here = grants.filter((grant) => !grant.revoked && covers(grant.database));
  const taken = grants.filter((grant) => grant.revoked && covers(grant.database));
  const own = grants.filter((grant) => !grant.revoked && grant.database !== undefined && given('CREATE', [grant]));
  const create = given('CREATE', global);
  return {
    create,
    createLike: create ? [] : own.map((grant) => grant.database ?? ''),
    lacks: NEEDED.filter((needed) => !given(needed, here) || given(needed, taken)),
  };
}

/**
 * GRANT a, b ON *.* TO …, GRANT a ON `db\_%`.* TO …, and with partial revokes REVOKE a ON `db`.* FROM …. Roles that are
 * granted have no ON.
 */
function parse(line: string): Grant[] {
  const [, verb, list, , quoted] = /^(GRANT|REVOKE) (.+?) ON (\*|`((?:[^`]|``)+)`)\.\* (?:TO|FROM) /.exec(line) ?? [];
  if (verb === undefined || list === undefined) return [];
  return [
    {
      revoked: verb === 'REVOKE',
      privileges: list.split(/, */).map((word) => word.toUpperCase()),
      database: quoted?.replaceAll('``', '`'),
    },
  ];
}

/** As LIKE matches: `_` is one character and `%` any number of them, unless a backslash stands before. */
function matches(pattern: string, name: string, wildcards: boolean): boolean {
  if (!wildcards) return pattern === name;
  const regex = pattern.replace(/\\?[\s\S]/g, (token) => {
    if (token === '%') return '[\\s\\S]*';
    if (token === '_') return '[\\s\\S]';
    return token.slice(-1).replace(/[^A-Za-z0-9]/g, '\\$&');
  });
  return new RegExp(`^${regex}$`).test(name);
}
