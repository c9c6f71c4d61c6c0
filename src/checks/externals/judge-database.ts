import type { DatabaseReading } from '../../io/database/reading.ts';
import type { ExternalDatabase } from '../../sdk/definition.ts';
import type { Finding } from '../check.ts';
import { statements } from './statements.ts';

/** Product and version against what the definition asks for; no finding where they will do. */
export function judgeProduct(
  where: string,
  { excluded, oldest }: ExternalDatabase,
  { product, version }: Pick<DatabaseReading, 'product' | 'version'>,
): Finding[] {
  if (excluded.includes(product))
    return [{ level: 'warning', text: `${where} is ${product} (${version}), which the vendor does not support` }];
  if (oldest !== undefined && older(version, oldest))
    return [{ level: 'error', text: `${where} is ${product} ${version}; ${oldest} or later is needed` }];
  return [];
}

/** Of the database that is there, and of those that the stack will make. */
export function judgeCharacterSets(
  where: string,
  { characterSet, database: name, kind }: ExternalDatabase,
  { database, characterSet: ofServer }: DatabaseReading,
): Finding[] {
  const same = (found: string): boolean => found.toLowerCase() === characterSet.toLowerCase();
  const findings: Finding[] = [];
  if (database !== undefined && !same(database.characterSet)) {
    findings.push({
      level: 'error',
      text: `${where}: the database ${name} has the character set ${database.characterSet}, not ${characterSet}`,
      hint: statements.recode(kind, name),
    });
  }
  if (!same(ofServer)) {
    findings.push({
      level: 'error',
      text: `${where}: databases are made with the character set ${ofServer} unless told otherwise, not ${characterSet}`,
      hint: statements.serverCharacterSet(kind, characterSet),
    });
  }
  return findings;
}

/** `8.0.36-28` and `5.7.21-log` carry words of the builder behind the numbers. */
function older(version: string, oldest: string): boolean {
  const numbers = (text: string): number[] => (/^[\d.]+/.exec(text)?.[0] ?? '').split('.').map(Number);
  const have = numbers(version);
  const want = numbers(oldest);
  const at = want.findIndex((number, index) => number !== (have[index] ?? 0));
  return at !== -1 && (have[at] ?? 0) < (want[at] ?? 0);
}

/** Whether the user may do what the stack will do: use the one database, made by it or before, and make more. */
export function judgeRights(
  where: string,
  external: ExternalDatabase,
  { account, database, rights }: DatabaseReading,
): Finding[] {
  const { kind, database: name, furtherDatabases } = external;
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
          `${statements.prepare(kind, name, account, { there: database !== undefined })}${rights.create ? '' : ` And for more, ${furtherDatabases}: ${statements.allowMore(kind, account)}`}`,
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
      hint: `make each beforehand, or as an administrator: ${statements.allowMore(kind, account)}`,
    },
  ];
}
