import type { AskTools, External, Finding } from '../../../src/sdk/definition.ts';
import { messageOf } from '../../../src/sdk/errors.ts';
import { unreachable } from '../../../src/sdk/tcp-server.ts';
import { judgeCharacterSets, judgeProduct, judgeRights } from './judge.ts';
import { judgeTls } from './judge-tls.ts';
import { LoginError, type DatabaseReading } from './reading.ts';
import type { DatabaseServer, Dialect, ServerGreeting, Product } from './server.ts';

/** What came of asking a database server. */
export type DatabaseAnswer =
  | { state: 'unreachable'; why: string }
  | { state: 'foreign' }
  /** Nobody could log in: `missing` is not on this disk. */
  | { state: 'untold'; missing: string; greeting: Product | undefined }
  /** `mend`: what puts this very error right. */
  | { state: 'failed'; reason?: LoginError['reason']; text: string; mend?: string | undefined }
  | { state: 'read'; reading: DatabaseReading };

/** A database server to ask: whether it is there, and what it says to the user that the stack will log in as. */
export function databaseExternal(server: DatabaseServer, dialect: Dialect): External<DatabaseAnswer> {
  const { what, clients, host, port } = server;
  return {
    what,
    clients,
    servers: [{ host, port }],
    ask: (tools) => ask(server, dialect, tools),
    judge: (answer) => judge(server, dialect, answer),
  };
}

async function ask(server: DatabaseServer, dialect: Dialect, tools: AskTools): Promise<DatabaseAnswer> {
  const { host, port, user, database } = server;
  let greeting: ServerGreeting | undefined;
  try {
    // The driver of a protocol in which the server speaks first would wait long for what another never says.
    const said = await tools.probe(host, port, ...(dialect.greeting ? [] : ['']));
    if (dialect.greeting) {
      greeting = dialect.greeting(said);
      if (greeting === undefined) return { state: 'foreign' };
    }
  } catch (error) {
    return { state: 'unreachable', why: messageOf(error) };
  }
  if (greeting && 'refusal' in greeting) return { state: 'failed', ...greeting.refusal };
  const password = tools.secret(server.password);
  const authority = server.authority && tools.secret(server.authority);
  if (password === undefined) return { state: 'untold', missing: 'the password', greeting };
  if (server.authority !== undefined && authority === undefined)
    return { state: 'untold', missing: 'the authority’s certificate', greeting };
  try {
    const login = { host, port, user, password: password.toString('utf8'), database };
    return { state: 'read', reading: await dialect.read({ ...login, authority: authority?.toString('utf8') }) };
  } catch (error) {
    const known = error instanceof LoginError ? { reason: error.reason, mend: error.mend } : {};
    return { state: 'failed', ...known, text: tools.redact(messageOf(error)) };
  }
}

function judge(server: DatabaseServer, dialect: Dialect, answer: DatabaseAnswer): Finding[] {
  const where = `${server.what} ${server.host}:${server.port}`;
  switch (answer.state) {
    case 'unreachable':
      return [unreachable(where, answer.why)];
    case 'foreign':
      return [
        { level: 'error', text: `${where} answers, but not as ${dialect.title}`, hint: 'correct the host or the port' },
      ];
    case 'untold':
      return [
        ...untold(where, server, answer.greeting),
        {
          level: 'info',
          text: `${where}: could not tell what ${server.user} may do: ${answer.missing} is not on this disk`,
          hint: 'run this where the bundle’s secrets/ is',
        },
      ];
    case 'failed':
      return [failed(where, server, dialect, answer)];
    case 'read':
      return read(where, server, dialect, answer.reading);
  }
}

/** What can be said without a login. */
function untold(where: string, server: DatabaseServer, greeting: Product | undefined): Finding[] {
  if (greeting === undefined) return [{ level: 'ok', text: `${where} accepts connections` }];
  const found = judgeProduct(where, server, greeting);
  return found.length > 0 ? found : [{ level: 'ok', text: `${where} is ${greeting.product} ${greeting.version}` }];
}

function read(where: string, server: DatabaseServer, dialect: Dialect, reading: DatabaseReading): Finding[] {
  const found = [
    ...judgeProduct(where, server, reading),
    ...judgeCharacterSets(where, server, dialect, reading),
    ...judgeRights(where, server, dialect, reading),
  ];
  const { product, version, account, database } = reading;
  const there =
    database === undefined
      ? `${server.database} is not there yet`
      : `${server.database} is there, ${database.characterSet}`;
  const summary: Finding = { level: 'ok', text: `${where} is ${product} ${version} and lets ${account} in; ${there}` };
  return [
    ...(found.some(({ level }) => level === 'error') ? [] : [summary]),
    ...found,
    ...judgeTls(where, server, reading.tls),
    ...accountFindings(where, server, account, dialect),
  ];
}

/** Rights that depend on where a user comes from: those read here may not be those of a node. */
function accountFindings(where: string, { clients }: DatabaseServer, account: string, dialect: Dialect): Finding[] {
  if (dialect.boundTo(account) === undefined) return [];
  return [
    {
      level: 'warning',
      text: `${where}: what was read is of ${account}; ${clients} come from other addresses`,
      hint: 'see that the account takes the addresses of all nodes, with the same rights',
    },
  ];
}

function failed(
  where: string,
  { user, passwordInput, database, characterSet }: DatabaseServer,
  dialect: Dialect,
  { reason, mend, text }: DatabaseAnswer & { state: 'failed' },
): Finding {
  switch (reason) {
    case 'refused':
      return {
        level: 'error',
        text: `${where} refuses ${user}: ${text}`,
        hint:
          `${mend ?? 'correct the user, or the password'} (\`bundle init\` with --set secretFiles.${passwordInput}=FILE ` +
          'gives another password); if only the nodes may log in, --ignore externals',
      };
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
    case 'absent':
      return {
        level: 'unsure',
        text: `${where}: ${database} is not there yet; could not tell whether ${user} may make it: ${text}`,
        hint: `as an administrator: ${dialect.prepare(database, user, { there: false, lacks: [], characterSet })}`,
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
