import { messageOf } from '../../errors.ts';
import { LoginError, type DatabaseReading } from '../../io/database/reading.ts';
import { createRedactor } from '../../ui/redact.ts';
import type { ExternalDatabase } from '../../sdk/definition.ts';
import type { CheckContext, Finding } from '../check.ts';
import { judgeCharacterSets, judgeProduct, judgeRights } from './judge-database.ts';
import { judgeTls } from './judge-tls.ts';
import { readGreeting, type Greeting } from './mysql-greeting.ts';
import { unreachable } from './texts.ts';

/** Whether the server is there, and what it says to the user that the stack will log in as. */
export async function databaseFindings(external: ExternalDatabase, context: CheckContext): Promise<Finding[]> {
  const { what, kind, host, port } = external;
  const where = `${what} ${host}:${port}`;
  let greeting: Greeting | undefined;
  try {
    // A MySQL speaks first, and its driver would wait long for what another server never says; a PostgreSQL waits to be
    // asked.
    if (kind === 'mysql') greeting = readGreeting(where, await context.probe(host, port));
    else await context.probe(host, port, '');
  } catch (error) {
    return [unreachable(where, messageOf(error))];
  }
  if (greeting !== undefined && 'refusal' in greeting) return [greeting.refusal];
  const password = context.secretValue(external.password);
  const authority = external.authority && context.secretValue(external.authority);
  if (password === undefined || (external.authority !== undefined && authority === undefined)) {
    return [
      ...untold(where, external, greeting),
      {
        level: 'info',
        text:
          `${where}: could not tell what ${external.user} may do: ` +
          `${password === undefined ? 'the password' : 'the authority’s certificate'} is not on this disk`,
        hint: 'run this where the bundle’s secrets/ is',
      },
    ];
  }
  try {
    const login = {
      host,
      port,
      user: external.user,
      password: password.toString('utf8'),
      database: external.database,
      authority: authority?.toString('utf8'),
    };
    return judge(where, external, await context.readDatabase(kind, login));
  } catch (error) {
    return [loginFinding(where, external, error, context)];
  }
}

/** What can be said without a login. */
function untold(
  where: string,
  external: ExternalDatabase,
  greeting: { product: string; version: string } | undefined,
): Finding[] {
  if (greeting === undefined) return [{ level: 'ok', text: `${where} accepts connections` }];
  const found = judgeProduct(where, external, greeting);
  return found.length > 0 ? found : [{ level: 'ok', text: `${where} is ${greeting.product} ${greeting.version}` }];
}

function judge(where: string, external: ExternalDatabase, reading: DatabaseReading): Finding[] {
  const found = [judgeProduct, judgeCharacterSets, judgeRights].flatMap((each) => each(where, external, reading));
  const { product, version, account, database } = reading;
  const there =
    database === undefined
      ? `${external.database} is not there yet`
      : `${external.database} is there, ${database.characterSet}`;
  const summary: Finding = { level: 'ok', text: `${where} is ${product} ${version} and lets ${account} in; ${there}` };
  return [
    ...(found.some(({ level }) => level === 'error') ? [] : [summary]),
    ...found,
    ...judgeTls(where, external, reading.tls),
    ...accountFindings(where, external, account),
  ];
}

/** MySQL keeps a user's rights by where he comes from: those read here may not be those of a node. */
function accountFindings(where: string, { kind, clients }: ExternalDatabase, account: string): Finding[] {
  const from = kind === 'mysql' ? /@'(.*)'$/.exec(account)?.[1] : undefined;
  return from === undefined || from === '%'
    ? []
    : [
        {
          level: 'warning',
          text: `${where}: what was read is of ${account}; ${clients} come from other addresses`,
          hint: 'see that the account takes the addresses of all nodes, with the same rights',
        },
      ];
}

function loginFinding(
  where: string,
  { user, password }: ExternalDatabase,
  error: unknown,
  context: CheckContext,
): Finding {
  const value = context.secretValue(password);
  const text = createRedactor(value === undefined ? [] : [value])(messageOf(error));
  const { reason, mend } = error instanceof LoginError ? error : {};
  switch (reason) {
    case 'refused': {
      const input =
        context.plan.secrets.find(({ secret }) => secret === password.secret)?.inputs[password.part] ?? password.secret;
      return {
        level: 'error',
        text: `${where} refuses ${user}: ${text}`,
        hint:
          `${mend ?? 'correct the user, or the password'} (\`bundle init\` with --set secretFiles.${input}=FILE gives ` +
          'another password); where only the nodes may log in, --ignore externals',
      };
    }
    case 'host':
      return {
        level: 'warning',
        text: `${where} lets nobody in from this machine: ${text}`,
        hint: mend ?? 'what counts is that it lets the nodes in',
      };
    case 'busy':
      return {
        level: 'warning',
        text: `${where} lets nobody in just now: ${text}`,
        hint: mend ?? 'run this again later',
      };
    case 'untried':
      return {
        level: 'unsure',
        text: `${where}: could not tell whether ${user} is let in: ${text}`,
        hint: mend ?? 'try it with the client of the server’s own',
      };
    case 'distrusted':
      return {
        level: 'error',
        text: `${where} is not vouched for by the authority that is given: ${text}; the password was not sent`,
        hint: 'give the certificate of the authority that signed the server’s',
      };
    default:
      return {
        level: 'warning',
        text: `${where}: the login failed: ${text}`,
        hint: 'the server’s own error log says why; what counts is that it lets the nodes in',
      };
  }
}
