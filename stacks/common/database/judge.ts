import type { Finding } from '../../../src/sdk/definition.ts';
import { compareVersions } from '../../../src/sdk/helpers.ts';
import type { DatabaseReading } from './reading.ts';
import type { DatabaseServer, Dialect, Product } from './server.ts';

/** Product and version against what the definition asks for; no finding if they will do. */
export function judgeProduct(
  where: string,
  { excluded, oldest }: DatabaseServer,
  { product, version }: Product,
): Finding[] {
  if (excluded.includes(product))
    return [{ level: 'warning', text: `${where} is ${product} (${version}), which the vendor does not support` }];
  if (oldest !== undefined && compareVersions(version, oldest) < 0)
    return [{ level: 'error', text: `${where} is ${product} ${version}; ${oldest} or later is needed` }];
  return [];
}

/** Of the database that is there, and of those that the stack will make. */
export function judgeCharacterSets(
  where: string,
  { characterSet, database: name }: DatabaseServer,
  dialect: Dialect,
  { database, characterSet: ofServer }: DatabaseReading,
): Finding[] {
  const same = (found: string): boolean => found.toLowerCase() === characterSet.toLowerCase();
  const findings: Finding[] = [];
  if (database !== undefined && !same(database.characterSet)) {
    findings.push({
      level: 'error',
      text: `${where}: the database ${name} has the character set ${database.characterSet}, not ${characterSet}`,
      hint: dialect.recode(name, characterSet),
    });
  }
  if (!same(ofServer)) {
    findings.push({
      level: 'error',
      text: `${where}: databases are made with the character set ${ofServer} unless told otherwise, not ${characterSet}`,
      hint: dialect.serverCharacterSet(characterSet),
    });
  }
  return findings;
}

/** Whether the user may do what the stack will do: use the one database, made by it or before, and make more. */
export function judgeRights(
  where: string,
  { database: name, furtherDatabases, characterSet }: DatabaseServer,
  dialect: Dialect,
  { account, database, rights }: DatabaseReading,
): Finding[] {
  if (rights.lacks.length > 0) {
    const text =
      database === undefined
        ? `may not make the database ${name}, which is not there (or not to be seen by this user)`
        : `may not use the database ${name} fully`;
    return [
      {
        level: 'error',
        text: `${where}: ${account} ${text}; missing: ${rights.lacks.join(', ')}`,
        hint:
          'as an administrator: ' +
          dialect.prepare(name, account, { there: database !== undefined, lacks: rights.lacks, characterSet }) +
          (rights.create ? '' : ` And for more, ${furtherDatabases}: ${dialect.allowMore(account)}`),
      },
    ];
  }
  if (rights.create) return [];
  const only = rights.createLike.length === 0 ? 'may use' : 'may make and use';
  const like = rights.createLike.length === 0 ? '' : ` (only names like ${rights.createLike.join(', ')})`;
  return [
    {
      level: 'warning',
      text:
        `${where}: ${account} ${only} ${name}, but may not make databases of any name${like}; the stack makes ` +
        `more, ${furtherDatabases}`,
      hint: `make each beforehand, or as an administrator: ${dialect.allowMore(account)}`,
    },
  ];
}
